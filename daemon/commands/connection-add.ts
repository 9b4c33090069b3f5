import type { Command } from "commander";
import { GENERATED_TYPES } from "../config/rules/rule-files.ts";
import { OperatorError } from "../core/errors.ts";
import { openConfigRepository } from "../main.ts";
import { EXIT, type ExitCode, type Host, print, printJson } from "./host.ts";
import { findPlace, type Place, type PlaceOptions, requireRepository, withRepository, withState } from "./place.ts";
import { askName, missing, type SetupOptions } from "./setup/answers.ts";
import { type Asker, openAsker } from "./setup/ask.ts";
import { refuseExisting } from "./setup/draft-files.ts";
import { withSetup } from "./setup/options.ts";
import { writeSecretFiles } from "./setup/secret-files.ts";
import { type SetUp, setUp } from "./setup/set-up.ts";
import { commitCommand, quote, type Told, toJson, toText } from "./setup/tell.ts";
import { writeFiles } from "./setup/write-files.ts";

interface AddOptions extends SetupOptions, PlaceOptions {
  readonly json?: boolean;
}

export function addConnectionAdd(group: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = group
    .command("add <name>")
    .description("add a connection to the configuration, drafted from what two trackers say of themselves");
  withSetup(withState(withRepository(command)))
    .addHelpText("after", HELP)
    .action(async (name: string, options: AddOptions) => end(await add(host, name, options)));
}

const HELP = `
As \`syncline init\`, into a repository with a work tree: the mapping, rules, users and fields of one more connection, and the types for editors anew.
Commits nothing and overwrites nothing. \`syncline check --worktree\` passes what it writes.

Exit code 0: written; 3: something is missing, a tracker does not let Syncline in, or the name is taken: nothing was written.

Example:
  syncline connection add cards --repo sync-config --secrets /etc/syncline/secrets --entities defect=issue \\
    --left "alm type=alm url=https://alm.example.com/qcbin domain=BANK project=CARDS" --right "redmine type=redmine url=https://redmine.example.com project=cards"`;

async function add(host: Host, given: string, options: AddOptions): Promise<ExitCode> {
  const place = await findPlace(host, options);
  requireRepository(place);
  const { now, signal } = host;
  const repository = await openConfigRepository(place.settings, { emit: () => undefined, now, signal });
  const root = repository.workTree;
  if (root === null)
    throw new OperatorError(
      `${repository.location} has no work tree to write into.`,
      "Name the folder of a clone with --repo.",
    );
  const asker = openAsker(host);
  try {
    const connection = await askName(given, asker);
    const there = await repository.readWorkTree(signal);
    refuseExisting(connection, [...there.files.keys()]);
    const secrets = () => folderOf(place, asker);
    const made = await setUp({ host, connection, options, asker, repository: root, there, secrets });
    const told = await write(root, place, made);
    if (options.json === true) printJson(host, toJson(told));
    else print(host, toText(told));
    return EXIT.fine;
  } finally {
    asker?.close();
  }
}

/** That of the daemon of this state folder, where nobody says another. */
async function folderOf({ secrets }: Place, asker: Asker | null): Promise<string> {
  const folder = secrets ?? (await asker?.text("Folder of the secrets, outside of the repository"));
  if (folder !== undefined) return folder;
  throw missing("--secrets", "the folder with one file a secret", "--secrets /etc/syncline/secrets");
}

async function write(root: string, { settings }: Place, made: SetUp): Promise<Told> {
  const { answers, drafted, plan } = made;
  const secrets = await writeSecretFiles(plan);
  const files = await writeFiles(root, drafted.files, (path) => path === GENERATED_TYPES);
  const link = `${answers.connection}/${drafted.draft.links[0]?.input.name ?? ""}`;
  const paths = files.filter(({ state }) => state === "written").map(({ path }) => path);
  const message = `Connect ${answers.left.name} with ${answers.right.name}: ${answers.connection}`;
  const by = `--repo ${quote(root)} --state ${quote(settings.state)} --secrets ${quote(plan.folder)}`;
  return {
    ...{ setUp: made, folder: root, files, secrets },
    next: [
      { why: "Commit it:", command: commitCommand(root, paths, message) },
      {
        why: "What a first run would do, without writing anything:",
        command: `syncline sync ${link} --full --dry-run ${by}`,
      },
    ],
  };
}
