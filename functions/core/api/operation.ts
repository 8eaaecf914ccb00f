import type * as z from "zod/mini";
import type { Scope } from "../app/app.ts";
import type { ErrorCode } from "../errors/app-error.ts";

/**
 * Who may call: an API key with a scope, the admin key alone, an end user's token, or anybody.
 * Where the scope `apps` opens a route, the admin key does as well.
 */
export type Access = { key: Scope } | { admin: true } | { user: true } | { open: true };

/** One operation of the HTTP API: the handlers route by it and the OpenAPI document is made of it. */
export type Operation = {
  id: string;
  /** The function that serves it; what is of API Gateway itself goes into a queue and is answered before it is read. */
  fn: "send" | "manage" | "client" | "public" | "apns-channels" | "gateway";
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/v1/users/{user}`: every parameter is an id. */
  path: string;
  summary: string;
  access: Access;
  /** Parameters of the path that must be more than an id. */
  params?: Readonly<Record<string, z.ZodMiniType>>;
  query?: z.ZodMiniObject;
  body?: z.ZodMiniType;
  /** Lines of JSON instead of one document. */
  ndjson?: boolean;
  /** Success: status and shape. */
  status: number;
  answer?: z.ZodMiniType;
  /** 201 instead, in the same shape, where the request made what it names. */
  mayCreate?: boolean;
  /** Faults beyond those that every operation may answer. */
  faults?: ErrorCode[];
};
