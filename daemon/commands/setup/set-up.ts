import { matchPeople } from "../../config/draft/people.ts";
import type { CommitTree } from "../../config/tree.ts";
import { ConnectorError, OperatorError } from "../../core/errors.ts";
import { createSteps, type Steps } from "../../status/steps.ts";
import type { Host } from "../host.ts";
import { type Answers, askEndpoints, type SetupOptions } from "./answers.ts";
import type { Asker } from "./ask.ts";
import { type Drafted, draftFiles } from "./draft-files.ts";
import { askLinks, type LinksAnswer } from "./links.ts";
import { type Found, type Looking, look, reach } from "./look.ts";
import { planSecrets, refuseInside, type SecretPlan } from "./secret-files.ts";

/** A connection that was asked for, looked at and drafted; nothing is on the disk yet. */
export interface SetUp {
  readonly answers: Answers;
  readonly plan: SecretPlan;
  readonly found: Found;
  readonly drafted: Drafted;
  /** What a person should know, a sentence each. */
  readonly notes: readonly string[];
}

export interface SetUpInput {
  readonly host: Host;
  readonly connection: string;
  readonly options: SetupOptions;
  readonly asker: Asker | null;
  /** Top folder of the repository. */
  readonly repository: string;
  /** What the repository has. */
  readonly there: CommitTree;
  /** The folder of secrets, once both endpoints are known. */
  readonly secrets: () => Promise<string>;
}

/** Everything up to the files, in memory: a mistake or a tracker that does not answer leaves nothing behind. */
export async function setUp(input: SetUpInput): Promise<SetUp> {
  const { host, options, asker } = input;
  const notes: string[] = [];
  const note = (text: string) => void notes.push(text);
  const answers = await askEndpoints(input.connection, options, asker);
  const wanted = await askLinks(answers, options, asker);
  const folder = await input.secrets();
  await refuseInside(folder, input.repository);
  const plan = await planSecrets(folder, answers, asker, note);
  asker?.close();
  const steps = createSteps(host.stderr);
  try {
    const { found, drafted } = await lookAndDraft({ host, answers, plan, steps, note }, wanted, input.there, steps);
    return { answers, plan, found, drafted, notes };
  } finally {
    steps.end();
  }
}

async function lookAndDraft(looking: Looking, wanted: LinksAnswer, there: CommitTree, steps: Steps) {
  const { host, answers } = looking;
  const reached = await reach(looking);
  try {
    const found = await look(looking, reached, wanted);
    steps.say("drafting the mapping and holding it against the check");
    const { left, right } = found.sides;
    const draft = { connection: answers.connection, left, right, links: found.links, create: wanted.create };
    return { found, drafted: await draftFiles(draft, there, host) };
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    throw new OperatorError(
      `A tracker did not answer as it should; nothing was written: ${error.message}`,
      "Start again when it does.",
    );
  } finally {
    await reached.close();
  }
}

/** Who of both trackers goes with whom. */
export function peopleOf({ found: { sides } }: SetUp) {
  return matchPeople(sides.left.people, sides.right.people);
}
