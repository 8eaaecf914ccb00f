/** Of this account and Region; tags bound it (tested in template.test.ts). */
const ANY_KEY = /^arn:<AWS::Partition>:kms:<AWS::Region>:<AWS::AccountId>:key\/\*$/;

/** The statements whose resources are made at run time: a wildcard each, below what bounds it. */
export const MAY_HAVE_WILDCARD: Record<string, { actions: RegExp; resource: RegExp; wildcards?: number }> = {
  WriteSchedules: {
    actions: /^scheduler:(Create|Delete)Schedule$/,
    resource: /:schedule\/ClarionService-Schedules-Group-\w+\/\*$/,
  },
  ReadCredentials: {
    actions: /^secretsmanager:GetSecretValue$/,
    resource: /:secret:ClarionService\/(inApp|mobilePush|webPush|email|sms|webhook)\/\*$/,
  },
  // An app's name, and the suffix of Secrets Manager's own.
  ReadProviderCredentials: {
    actions: /^secretsmanager:GetSecretValue$/,
    resource: /:secret:ClarionService\/mobilePush\/\*\/apns-\*$/,
    wildcards: 2,
  },
  SendMail: {
    actions: /^ses:SendRawEmail$/,
    resource: /:<AWS::AccountId>:(identity|configuration-set)\/\*$/,
  },
  ReadMailQuota: { actions: /^ses:GetSendQuota$/, resource: /^\*$/ },
  SendByEndUserMessaging: {
    actions: /^sms-voice:SendTextMessage$/,
    resource: /:sms-voice:<AWS::Region>:<AWS::AccountId>:\*$/,
  },
  ReadTextQuota: { actions: /^servicequotas:ListServiceQuotas$/, resource: /^\*$/ },
  SendTextMessages: { actions: /^sns:Publish$/, resource: /^\*$/ },
  WriteCredentials: {
    actions: /^secretsmanager:(CreateSecret|PutSecretValue|DeleteSecret)$/,
    resource: /:secret:ClarionService\/\*$/,
  },
  OpenCredentials: { actions: /^kms:Decrypt$/, resource: ANY_KEY },
  SealCredentials: { actions: /^kms:(GenerateDataKey|EnableKeyRotation)$/, resource: ANY_KEY },
  TagCredentialsKey: { actions: /^kms:TagResource$/, resource: ANY_KEY },
  MakeCredentialsKey: { actions: /^kms:CreateKey$/, resource: /^\*$/ },
  PostToConnections: {
    actions: /^execute-api:ManageConnections$/,
    resource: /:<SocketApi\w+>\/live\/POST\/@connections\/\*$/,
  },
};
