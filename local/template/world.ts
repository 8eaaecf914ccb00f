/** All stacks of an assembly as one set of resources with their properties resolved. */

import type { Assembly, Output, Resource, Stack, Template } from "./assembly.ts";
import { type Identity, identify, namePropertyOf, type Place } from "./identity.ts";
import { NO_VALUE, resolve, type Scope } from "./resolve.ts";
import { checkResourceType } from "./resource-types.ts";

export type Properties = Record<string, unknown>;

export type ResolvedResource = Identity & {
  logicalId: string;
  type: string;
  stack: string;
  metadata: Record<string, unknown>;
  /** Resolved on first use: a URL in one may need the identity of another. */
  properties(): Properties;
};

export type World = {
  place: Place;
  all: ResolvedResource[];
  ofType(type: string): ResolvedResource[];
  byId(logicalId: string): ResolvedResource;
  outputs: Record<string, string>;
  codeFolders: Map<string, string>;
};

type StackNames = { identities: Map<string, Identity & { type: string }>; scope: Scope };

function parameterValue(name: string, { Parameters = {} }: Template, stack: string): string {
  const parameter = Parameters[name];
  if (parameter === undefined)
    throw new Error(`${stack}: Ref to ${name}, which the template does not define`);
  if (parameter.Default !== undefined) return parameter.Default;
  throw new Error(
    `${stack}: parameter ${name} has no default; give it one, or read the value from the context`,
  );
}

function pseudoParameters(stack: Stack, place: Place): Record<string, unknown> {
  return {
    "AWS::AccountId": place.account,
    "AWS::NoValue": NO_VALUE,
    "AWS::NotificationARNs": [],
    "AWS::Partition": "aws",
    "AWS::Region": place.region,
    "AWS::StackId": `arn:aws:cloudformation:${place.region}:${place.account}:stack/${stack.name}/local`,
    "AWS::StackName": stack.name,
    "AWS::URLSuffix": "amazonaws.com",
  };
}

function scopeOf(stack: Stack, place: Place, importValue: Scope["importValue"]): StackNames {
  const { template } = stack;
  const pseudo = pseudoParameters(stack, place);
  const identities: StackNames["identities"] = new Map();
  const scope: Scope = {
    importValue,
    ref: (name) => pseudo[name] ?? identities.get(name)?.ref ?? parameterValue(name, template, stack.name),
    attribute: (logicalId, name) => {
      const found = identities.get(logicalId);
      const value = found?.attributes[name];
      if (value !== undefined) return value;
      throw new Error(
        `${stack.name}: Fn::GetAtt ${logicalId}.${name} (${found?.type ?? "no such resource"}) is not known; ` +
          "add it to local/template/identity.ts",
      );
    },
    condition: (name) => {
      const expression = template.Conditions?.[name];
      if (expression === undefined) throw new Error(`${stack.name}: no condition ${name}`);
      return resolve(expression, scope) === true;
    },
    mapping: (map, key, second) => {
      const value = template.Mappings?.[map]?.[key]?.[second];
      if (value === undefined) throw new Error(`${stack.name}: no mapping ${map}.${key}.${second}`);
      return value;
    },
  };
  return { identities, scope };
}

function nameOf(resource: Resource, scope: Scope): string | undefined {
  const property = namePropertyOf(resource.Type);
  const given = property === undefined ? undefined : resource.Properties?.[property];
  const name = given === undefined ? undefined : resolve(given, scope);
  return typeof name === "string" ? name : undefined;
}

function resolveResource(
  logicalId: string,
  resource: Resource,
  at: { stack: string; scope: Scope; identity: Identity },
): ResolvedResource {
  let properties: Properties | undefined;
  return {
    ...at.identity,
    logicalId,
    type: resource.Type,
    stack: at.stack,
    metadata: resource.Metadata ?? {},
    properties: () => {
      try {
        properties ??= resolve(resource.Properties ?? {}, at.scope) as Properties;
        return properties;
      } catch (error) {
        throw new Error(`${at.stack}/${logicalId}: ${(error as Error).message}`, { cause: error });
      }
    },
  };
}

function isWanted({ Condition }: { Condition?: string }, scope: Scope): boolean {
  return Condition === undefined || scope.condition(Condition);
}

function readStack(stack: Stack, names: StackNames, place: Place): ResolvedResource[] {
  const wanted = Object.entries(stack.template.Resources).filter(([, one]) => isWanted(one, names.scope));
  for (const [logicalId, resource] of wanted) {
    checkResourceType(resource.Type, logicalId, stack.name);
    const identity = identify(resource.Type, { logicalId, givenName: nameOf(resource, names.scope) }, place);
    names.identities.set(logicalId, { ...identity, type: resource.Type });
  }
  return wanted.map(([logicalId, resource]) => {
    const identity = names.identities.get(logicalId) as Identity;
    return resolveResource(logicalId, resource, { stack: stack.name, scope: names.scope, identity });
  });
}

function indexed(resources: ResolvedResource[]): Map<string, ResolvedResource> {
  const index = new Map<string, ResolvedResource>();
  for (const resource of resources) {
    const other = index.get(resource.logicalId);
    // Names are made of logical ids, so two stacks must not share one for a thing that has a name.
    if (other !== undefined && resource.ref !== resource.logicalId) {
      throw new Error(
        `${other.stack} and ${resource.stack} both define ${resource.logicalId}: rename one construct`,
      );
    }
    index.set(resource.logicalId, resource);
  }
  return index;
}

export function createWorld(assembly: Assembly, place: Place): World {
  const exported = new Map<string, { value: unknown; scope: Scope }>();
  const importValue = (name: string): unknown => {
    const found = exported.get(name);
    if (found === undefined) throw new Error(`Fn::ImportValue ${name}: no stack exports it`);
    return resolve(found.value, found.scope);
  };
  const stacks = assembly.stacks.map((stack) => ({ stack, names: scopeOf(stack, place, importValue) }));
  const all = stacks.flatMap(({ stack, names }) => readStack(stack, names, place));
  const outputs: [string, Output, Scope][] = [];
  for (const { stack, names } of stacks) {
    for (const [key, output] of Object.entries(stack.template.Outputs ?? {})) {
      if (!isWanted(output, names.scope)) continue;
      outputs.push([key, output, names.scope]);
      if (output.Export === undefined) continue;
      exported.set(String(resolve(output.Export.Name, names.scope)), {
        value: output.Value,
        scope: names.scope,
      });
    }
  }
  const index = indexed(all);
  return {
    place,
    all,
    ofType: (type) => all.filter((resource) => resource.type === type),
    byId: (logicalId) => {
      const found = index.get(logicalId);
      if (found === undefined) throw new Error(`no resource ${logicalId} in the template`);
      return found;
    },
    outputs: Object.fromEntries(
      outputs.map(([key, { Value }, scope]) => [key, String(resolve(Value, scope))]),
    ),
    codeFolders: assembly.codeFolders,
  };
}
