/** What one unit costs in us-east-1, list price in USD without the free tier. Sources: the services' pricing pages. */
export const PRICE_USD = {
  "dynamodb.writeUnit": 0.625e-6,
  "dynamodb.readUnit": 0.125e-6,
  "sqs.request": 0.4e-6,
  "secretsmanager.call": 0.05 / 10_000,
  /** A symmetric key's. */
  "kms.request": 0.03 / 10_000,
  "scheduler.invocation": 1e-6,
  "websocket.message": 1e-6,
  "websocket.connectionMinute": 0.25e-6,
  "rest.request": 3.5e-6,
  "lambda.request": 0.2e-6,
  /** arm64. */
  "lambda.gbSecond": 0.0000133334,
  "eventbridge.event": 1e-6,
  "ses.mail": 0.1e-3,
  /** One part of a text message: its price is its country's, so it is counted and not priced. */
  "sns.sms": 0,
  /** Taken in by CloudWatch Logs; keeping it costs a sixteenth of that a month. */
  "logs.byte": 0.5e-9,
} as const;

export type Unit = keyof typeof PRICE_USD;
