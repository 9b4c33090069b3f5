import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { writeSecrets } from "../support/sample.ts";
import { isolatedEnv } from "../unit/config-git/git-box.ts";
import { MOST_BYTES } from "./check-parts.ts";
import type { World } from "./world.ts";

const MAPPING = "mappings/kill.toml";

/** A bare repository with one link between the world's trackers, and the secrets for it. */
export interface Config {
  readonly repo: string;
  readonly secrets: string;
  readonly env: Readonly<Record<string, string>>;
  /** Commits and pushes a mapping that is worded differently and does the same; the revision. */
  publish(): string;
}

export function makeConfig(root: string, world: World): Config {
  const env = isolatedEnv(root);
  const repo = join(root, "config.git");
  const clone = join(root, "clone");
  const git = (folder: string, ...args: string[]) =>
    execFileSync("git", args, { cwd: folder, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  const state = { published: 0 };

  function publish(): string {
    const file = join(clone, MAPPING);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, mappingOf(world, state.published++));
    git(clone, "add", "--all");
    git(clone, "commit", "--quiet", "--message", `Wording ${state.published}`);
    git(clone, "push", "--quiet", "origin", "HEAD:main");
    return git(clone, "rev-parse", "HEAD");
  }

  git(root, "init", "--quiet", "--bare", "--initial-branch=main", repo);
  git(root, "clone", "--quiet", repo, clone);
  publish();
  const { alm, agm } = world.access;
  const secrets = writeSecrets(join(root, "secrets"), {
    "alm-kill": { user: String(alm["user"]), password: String(alm["password"]) },
    "agm-kill": { "client-id": String(agm["client-id"]), "client-secret": String(agm["client-secret"]) },
  });
  return { repo, secrets, env, publish };
}

/** Each time another text of the same meaning: a publish must not make a run write anything. */
function mappingOf({ access: { alm, agm } }: World, wording: number): string {
  const extra = wording % 2 === 0 ? "" : `to-agm = { "4-Very High" = "Critical" }\n`;
  return `description = "Kill matrix, wording ${wording}"

[endpoints.alm]
type    = "alm"
url     = "${alm["url"]}"
domain  = "${alm["domain"]}"
project = "${alm["project"]}"
zone    = "Europe/Berlin"
secret  = "alm-kill"

[endpoints.agm]
type      = "agile-manager"
url       = "${agm["url"]}"
workspace = ${agm["workspace"]}
secret    = "agm-kill"
fields    = { user_01_d = "number", user_06_s = "number" }

[links.defects]
alm      = "defect"
agm      = "defect"
create   = "both"
conflict = "alm"
marker   = { alm = "user-04", agm = "user_01_d" }
deleted  = { alm = "delete", agm = "recreate" }

[links.defects.fields]
name        = "name"
description = "description"
severity    = { agm = "severity", values = "severity" }
detection-version = { agm = "application_id", create_missing = true }

[links.defects.attachments]
mode     = "copy"
max_size = ${MOST_BYTES}

[links.defects.comments]

[links.defects.entity_links]

[links.defects.constants.alm]
detected-by   = "sync"
creation-time = "2026-11-22"

[links.stories]
alm      = "requirement/Functional"
agm      = "user_story"
create   = "both"
conflict = "alm"
marker   = { alm = "user-01", agm = "user_06_s" }

[links.stories.fields]
name      = "name"
parent-id = "parent"

[links.features]
alm      = "requirement/Testing"
agm      = "feature"
create   = "both"
conflict = "alm"
marker   = { alm = "user-01" }

[links.features.fields]
name      = "name"

[values.severity]
both = { "1-Low" = "Low", "2-Medium" = "Medium", "3-High" = "High", "5-Urgent" = "Critical" }
${extra}`;
}
