import { jobIdOf } from "../hash.ts";

/** The job that a page counts for its ladder: it has no targets, and closes when nobody can climb any more. */
export const holdOf = (place: {
  app: string;
  notification: string;
  bucket: number;
  page: string;
}): string => {
  const { app, notification, bucket, page } = place;
  return jobIdOf({ app, notification, bucket, startKey: page, provider: "ladder", ordinal: 0 });
};
