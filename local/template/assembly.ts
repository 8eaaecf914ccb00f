/** Reads the files of a cloud assembly: one template per stack, and where the functions' code lies. */

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export type Resource = {
  Type: string;
  Properties?: Record<string, unknown>;
  Metadata?: Record<string, unknown>;
  Condition?: string;
};

export type Output = { Value: unknown; Export?: { Name: unknown }; Condition?: string };

export type Template = {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, Output>;
  Parameters?: Record<string, { Type: string; Default?: string }>;
  Conditions?: Record<string, unknown>;
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
};

export type Stack = { name: string; id: string; template: Template };

export type Assembly = {
  stacks: Stack[];
  /** S3 object key of a bundle -> its folder. */
  codeFolders: Map<string, string>;
};

type Artifact = {
  type: string;
  displayName?: string;
  properties?: { templateFile?: string; stackName?: string; file?: string };
};

type AssetManifest = {
  files?: Record<string, { source: { path?: string }; destinations: Record<string, { objectKey: string }> }>;
};

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8")) as T;
}

function addCodeFolders(folder: string, file: string, into: Map<string, string>): void {
  const manifest = readJson<AssetManifest>(join(folder, file));
  for (const asset of Object.values(manifest.files ?? {})) {
    if (asset.source.path === undefined) continue;
    for (const destination of Object.values(asset.destinations)) {
      into.set(destination.objectKey, resolve(folder, asset.source.path));
    }
  }
}

export function readAssembly(folder: string): Assembly {
  const { artifacts } = readJson<{ artifacts: Record<string, Artifact> }>(join(folder, "manifest.json"));
  const assembly: Assembly = { stacks: [], codeFolders: new Map() };
  for (const [id, { type, properties = {} }] of Object.entries(artifacts)) {
    if (type === "cdk:asset-manifest" && properties.file !== undefined) {
      addCodeFolders(folder, properties.file, assembly.codeFolders);
    }
    if (type === "aws:cloudformation:stack" && properties.templateFile !== undefined) {
      const template = readJson<Template>(join(folder, properties.templateFile));
      assembly.stacks.push({ name: properties.stackName ?? id, id, template });
    }
    if (type === "cdk:cloud-assembly") {
      throw new Error(
        `${id}: stages (nested assemblies) are not run here; put the stacks into the app itself`,
      );
    }
  }
  return assembly;
}
