import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { config as input } from "../clarion.config.ts";
import { acknowledge } from "../lib/config/acknowledgements.ts";
import { resolveConfig } from "../lib/config/config.ts";
import { ServiceStack } from "../lib/stacks/service-stack.ts";
import { StateStack } from "../lib/stacks/state-stack.ts";

const config = resolveConfig(input);
const app = new App();
const env = {
  ...(config.account && { account: config.account }),
  ...(config.region && { region: config.region }),
};
const state = new StateStack(app, `${config.name}State`, { clarion: config, env });
const service = new ServiceStack(app, `${config.name}Service`, { clarion: config, env, state });
acknowledge(state, service);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
app.synth();
