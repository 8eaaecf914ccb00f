/** Typed reading of resolved properties; a missing one names the resource. */

import type { Properties, ResolvedResource } from "./world.ts";

export function text(resource: ResolvedResource, name: string): string {
  const value = resource.properties()[name];
  if (typeof value === "string") return value;
  throw new Error(
    `${resource.stack}/${resource.logicalId}: ${name} must be a string, got ${JSON.stringify(value)}`,
  );
}

export function optionalText(properties: Properties, name: string): string | undefined {
  const value = properties[name];
  return typeof value === "string" ? value : undefined;
}

/** CloudFormation takes numbers as strings too. */
export function number(properties: Properties, name: string, otherwise: number): number {
  const value = properties[name];
  return value === undefined ? otherwise : Number(value);
}

export function optionalNumber(properties: Properties, name: string): number | undefined {
  const value = properties[name];
  return value === undefined ? undefined : Number(value);
}

export function record(value: unknown): Properties {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Properties) : {};
}

export function listOf(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

export function texts(value: unknown): string[] {
  return listOf(value).map(String);
}

export function records(value: unknown): Properties[] {
  return listOf(value).map(record);
}

export function isTrue(value: unknown): boolean {
  return value === true || value === "true";
}
