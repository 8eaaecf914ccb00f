import { AwsError } from "../door/aws-error.ts";

export type TagInput = { TagKey?: string; TagValue?: string };

/** @returns what CreateKey and TagResource are given, by name */
export function tagsGiven(given: unknown): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const { TagKey, TagValue } of (given as TagInput[] | undefined) ?? []) {
    if (typeof TagKey !== "string" || !/^(?!aws:).{1,128}$/su.test(TagKey) || Object.hasOwn(tags, TagKey))
      throw new AwsError("TagException", `'${TagKey}' is no name of a tag, or is there twice.`);
    if (typeof TagValue !== "string" || TagValue.length > 256)
      throw new AwsError("TagException", `The tag '${TagKey}' has no value of up to 256 characters.`);
    tags[TagKey] = TagValue;
  }
  return tags;
}
