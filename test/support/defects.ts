import type { EndpointConfig, FieldMapping, LinkConfig, SideConfig, ValueMap } from "../../daemon/core/snapshot.ts";

export const ORIGIN = { file: "mappings/payments.toml", line: 1, column: 1 };

function row(left: string, right: string, more: Partial<FieldMapping> = {}): FieldMapping {
  return {
    ...{
      left,
      right,
      direction: "both",
      values: null,
      unmapped: "copy",
      users: null,
      defaultUser: {},
      overflow: "truncate",
    },
    ...{ conflict: "left", origin: ORIGIN },
    ...more,
  };
}

function side(endpoint: string, entity: string, marker: string, constants: SideConfig["constants"]): SideConfig {
  return {
    ...{ endpoint, entity, create: true, filter: null, marker, constants, reads: [], deleted: "nothing" },
    rules: { outgoing: false, incoming: false },
  };
}

const severity: ValueMap = {
  name: "severity",
  toRight: { "1-Low": "Low", "2-Medium": "Medium", "3-High": "High", "4-Very High": "High", "5-Urgent": "Critical" },
  toLeft: { Low: "1-Low", Medium: "2-Medium", High: "3-High", Critical: "5-Urgent" },
  origin: ORIGIN,
};
const status: ValueMap = {
  name: "status",
  toRight: { Reopen: "Open" },
  toLeft: { "Propose Close": "Fixed", Deferred: "Open", Duplicate: "Rejected" },
  origin: ORIGIN,
};

/** The sample link of the two simulators, without a config plane. */
export function sampleLink(more: Partial<LinkConfig> = {}): LinkConfig {
  return {
    ...{
      key: "payments/defects",
      connection: "payments",
      name: "defects",
      conflict: "left",
      triggers: [],
      ruleFile: null,
      origin: ORIGIN,
    },
    left: side("alm", "defect", "user-04", {
      "user-05": "by Syncline",
      "detected-by": "sync",
      "creation-time": "2026-11-22",
      severity: "2-Medium",
    }),
    right: side("agm", "defect", "user_01_d", {}),
    fields: [
      row("name", "name"),
      row("description", "description"),
      row("severity", "severity", { values: severity }),
      row("status", "defect_status", { values: status }),
      row("owner", "assigned_to", { defaultUser: { left: "sync" }, defaultFor: "anyone" }),
      row("target-rel", "release_id"),
      row("target-rcyc", "sprint_id"),
      row("user-02", "user_02"),
      row("user-06", "user_04"),
    ],
    ...more,
  };
}

export function endpoint(name: string, type: string, settings: unknown): EndpointConfig {
  return { name, type, settings, secret: name, origin: ORIGIN, schemas: {} };
}
