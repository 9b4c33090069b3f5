import { basename, dirname, join, relative } from "node:path";
import type { Command } from "commander";
import { repositoryFiles } from "../config/draft/repository-files.ts";
import { commitFirst } from "../config/git/first-commit.ts";
import { findGit } from "../config/git/git-binary.ts";
import { type GitFolder, lookForGitFolder } from "../config/git/git-folder.ts";
import { TREE_LIMITS } from "../config/git/limits.ts";
import { readWorkTree } from "../config/git/work-tree.ts";
import { GENERATED_TYPES } from "../config/rules/rule-files.ts";
import type { CommitTree } from "../config/tree.ts";
import { OperatorError } from "../core/errors.ts";
import { VERSION } from "../version.ts";
import { EXIT, type ExitCode, folderOf, type Host, print, printJson } from "./host.ts";
import { askName, type SetupOptions } from "./setup/answers.ts";
import { type Asker, openAsker } from "./setup/ask.ts";
import { EMPTY_TREE, refuseExisting } from "./setup/draft-files.ts";
import { withSetup } from "./setup/options.ts";
import { writeSecretFiles } from "./setup/secret-files.ts";
import { type SetUp, setUp } from "./setup/set-up.ts";
import { commitCommand, quote, type Told, toJson, toText } from "./setup/tell.ts";
import { writeFiles } from "./setup/write-files.ts";

interface InitOptions extends SetupOptions {
  readonly name?: string;
  readonly secrets?: string;
  readonly json?: boolean;
}

export function addInit(program: Command, host: Host, end: (code: ExitCode) => void): void {
  const command = program
    .command("init [folder]")
    .description("make a configuration repository that works as it stands, from what two trackers say of themselves")
    .option("--name <connection>", "name of the connection, such as payments: also of its mapping file");
  withSetup(command)
    .addHelpText("after", HELP)
    .action(async (folder: string | undefined, options: InitOptions) => end(await init(host, folder, options)));
}

const HELP = `
Asks at a terminal for whatever is not said; elsewhere all must be said. Signs in at both trackers first and writes nothing where that fails. Then: the
mapping with all system fields mapped and the others as comments, value maps, rules, users with a common e-mail address, the trackers' fields, a check
for pull requests on GitHub and GitLab, a README; and the first commit. Nothing is written to a tracker, and no file that is there is overwritten.

Without a terminal the secrets must be in their folder, a file each, such as  user = "sync"  and  password = "…".

Exit code 0: done; 3: something is missing, a tracker does not let Syncline in, or a file is in the way: nothing was written.

Example:
  syncline init sync-config --name payments --secrets /etc/syncline/secrets \\
    --left  "alm type=alm url=https://alm.example.com/qcbin domain=BANK project=PAYMENTS secret=alm-payments" \\
    --right "agm type=agile-manager url=https://agm.example.com workspace=1003 secret=agm-payments"`;

async function init(host: Host, given: string | undefined, options: InitOptions): Promise<ExitCode> {
  const root = folderOf(host, given, "", ".");
  const repository = await existing(root);
  await refuseNested(root, repository);
  const asker = openAsker(host);
  try {
    const connection = await askName(options.name, asker);
    const there = await treeOf(host, root, repository);
    refuseExisting(connection, [...there.files.keys()]);
    const secrets = () => askFolder(host, root, options, asker);
    const made = await setUp({ host, connection, options, asker, repository: root, there, secrets });
    const told = await write(host, root, repository !== null, made);
    if (options.json === true) printJson(host, toJson(told));
    else print(host, toText(told));
    return EXIT.fine;
  } finally {
    asker?.close();
  }
}

async function existing(root: string): Promise<GitFolder | null> {
  try {
    return await lookForGitFolder(root);
  } catch (error) {
    if (error instanceof OperatorError && error.message.startsWith("There is no folder")) return null;
    throw error;
  }
}

/** A repository inside another one is not looked into by it: the configuration would be in none that anybody clones. */
async function refuseNested(root: string, repository: GitFolder | null): Promise<void> {
  if (repository !== null && repository.workTree === null)
    throw new OperatorError(`${root} is a bare repository.`, "Name the folder of a clone of it.");
  if (repository !== null) return;
  for (let above = dirname(root); above !== dirname(above); above = dirname(above)) {
    if ((await existing(above)) === null) continue;
    throw new OperatorError(
      `${root} lies in the repository ${above}.`,
      "Syncline follows a repository of its own, or the top folder of one: name another folder, or that one.",
    );
  }
}

async function treeOf(host: Host, root: string, repository: GitFolder | null): Promise<CommitTree> {
  if (repository === null)
    return { ...EMPTY_TREE, ...(await readWorkTree(root, { limits: TREE_LIMITS, git: null }, host.signal)) };
  const git = await findGit(host.env, host.signal);
  return readWorkTree(root, { limits: TREE_LIMITS, git }, host.signal);
}

/** Beside the repository, never in it. */
async function askFolder(host: Host, root: string, options: InitOptions, asker: Asker | null): Promise<string> {
  const said = options.secrets ?? host.env["SYNCLINE_SECRETS"];
  if (said !== undefined) return folderOf(host, said, "", "");
  const usual = `${root}-secrets`;
  if (options.yes === true || asker === null) return usual;
  return folderOf(host, await asker.text("Folder of the secrets, outside of the repository", usual), "", "");
}

async function write(host: Host, root: string, wasRepository: boolean, made: SetUp): Promise<Told> {
  const { answers, drafted, plan } = made;
  const [first] = drafted.draft.links;
  const link = first?.input.name ?? "";
  const words = {
    connection: answers.connection,
    link,
    version: VERSION,
    creates: drafted.draft.input.create !== "none",
  };
  const own = repositoryFiles(words);
  const secrets = await writeSecretFiles(plan);
  const files = await writeFiles(root, { ...own, ...drafted.files }, (path) => path === GENERATED_TYPES);
  const paths = files.filter(({ state }) => state !== "kept").map(({ path }) => path);
  const message = `Connect ${answers.left.name} with ${answers.right.name}: ${answers.connection}`;
  const committed = wasRepository
    ? { revision: null, why: "the repository was there already" }
    : await commitFirst(root, paths, message, host.env, host.signal);
  const by = `--repo ${quote(root)} --state ${quote(join(root, ".syncline"))} --secrets ${quote(plan.folder)}`;
  return {
    ...{ setUp: made, folder: relative(host.cwd, root) || basename(root), files, secrets },
    next: [
      ...(committed.revision === null
        ? [
            {
              why: `Not committed: ${committed.why}. Commit it yourself:`,
              command: commitCommand(root, paths, message),
            },
          ]
        : []),
      {
        why: "What a first run would do, without writing anything:",
        command: `syncline sync ${answers.connection}/${link} --full --dry-run ${by}`,
      },
      { why: "Keep both sides in step from then on:", command: `syncline start ${by}` },
    ],
  };
}
