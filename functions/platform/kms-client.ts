import { KMSClient } from "@aws-sdk/client-kms";
import { AWS_CALLS } from "./aws-calls.ts";

let client: KMSClient | undefined;
/** Loaded by what seals and opens credentials alone: it would make every cold start longer. */
export const kmsClient = (): KMSClient => (client ??= new KMSClient(AWS_CALLS));
