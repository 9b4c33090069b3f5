import type { ConnectorType } from "../core/connector.ts";
import { agileManagerConnector } from "./agile-manager/index.ts";
import { almConnector } from "./alm/index.ts";
import { redmineConnector } from "./redmine/index.ts";

/** Every kind of tracker that an endpoint's `type` may name. */
export const connectorTypes: readonly ConnectorType[] = [almConnector, agileManagerConnector, redmineConnector];
