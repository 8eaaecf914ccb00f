import type { Demand, Input } from "../iam/demand.ts";
import type { AwsError } from "./aws-error.ts";
import type { HttpReply, HttpRequest } from "./http.ts";
import type { Principal } from "./principal.ts";

export type Protocol = {
  decode(request: HttpRequest): { operation: string; input: Input };
  encode(operation: string, output: unknown): HttpReply;
  encodeError(error: AwsError): HttpReply;
};

export type ServiceCall = {
  principal: Principal;
  operation: string;
  input: Input;
  signal?: AbortSignal;
};

/** One AWS service behind the door. Its name there is the service of the SigV4 credential scope. */
export type ServiceHandler = {
  protocol: Protocol;
  /** Code of the error that this service answers when IAM says no. */
  deniedCode: string;
  /** Every permission the call needs; an operation that is not served is an AwsError that names it. */
  demands(operation: string, input: Input): Demand[];
  run(call: ServiceCall): Promise<unknown>;
};
