import { type Demand, type Input, type Place, textOf } from "./demand.ts";

const METHODS: Record<string, string> = {
  PostToConnection: "POST",
  GetConnection: "GET",
  DeleteConnection: "DELETE",
};

/** `<api>/<stage>/<METHOD>/@connections/<id>`: what `grantManageConnections` of the CDK allows with wildcards. */
export function connectionsDemands(place: Place, operation: string, input: Input): Demand[] {
  const path = `${textOf(input, "ApiId")}/${textOf(input, "Stage")}/${METHODS[operation]}`;
  return [
    {
      action: "execute-api:ManageConnections",
      resource: `arn:aws:execute-api:${place.region}:${place.account}:${path}/@connections/${textOf(input, "ConnectionId")}`,
    },
  ];
}
