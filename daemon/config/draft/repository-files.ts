/** Where a configuration repository's own files stand, by path; `connection` and `link` are named in the examples. */
export interface RepositoryWords {
  readonly connection: string;
  readonly link: string;
  /** Of the package, for the checks on pull requests. */
  readonly version: string;
  /** Whether the drafted mapping makes records anywhere. */
  readonly creates: boolean;
}

/** What a new configuration repository has besides its three folders. Whoever has such a file keeps it. */
export function repositoryFiles(words: RepositoryWords): Readonly<Record<string, string>> {
  return {
    "README.md": readme(words),
    ".gitignore": GITIGNORE,
    ".github/workflows/syncline.yml": github(words),
    ".gitlab-ci.yml": gitlab(words),
  };
}

const GITIGNORE = `# Syncline's memory, where it is kept here: it belongs to the host, not to the configuration.
.syncline/
# Secrets never stand in this repository; the host has them. This is for slips.
/secrets/
*.pem
*.key
.env
node_modules/
`;

/** The files on the disk are checked: what a pull request's merge would be. No tracker is asked, so no secret is needed. */
function command(version: string): string {
  return `npx --yes syncline@${version} check --repo . --worktree`;
}

/** X31: `syncline test` ends badly where there is no test, and a new repository has none. Offline too. */
function testCommand(version: string): string {
  return `test -z "$(find rules -name '*.test.ts')" || npx --yes syncline@${version} test --repo .`;
}

function github({ version }: RepositoryWords): string {
  return `# Says of every pull request whether it would go live, with file and line of each mistake. Asks no tracker and needs no secret.
name: Syncline
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 24
      - run: ${command(version)}
      - run: ${testCommand(version)}
`;
}

function gitlab({ version }: RepositoryWords): string {
  return `# Says of every merge request whether it would go live, with file and line of each mistake. Asks no tracker and needs no secret.
syncline:
  image: node:24
  rules:
    - if: $CI_PIPELINE_SOURCE == "merge_request_event"
    - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
  script:
    - ${command(version)}
    - ${testCommand(version)}
`;
}

function readme({ connection, link, version, creates }: RepositoryWords): string {
  const mapping = `mappings/${connection}.toml`;
  const creation = creates
    ? `Where records without a partner get one says \`create\` in \`${mapping}\`; no brake holds a first load back, so look at the dry run first.`
    : `To begin with no record is made anywhere (\`create\` in \`${mapping}\`): widen it once the dry run shows what you want.`;
  return `# Syncline configuration

Keeps records of two trackers in step. A commit on the branch that the daemon follows is live within seconds, or is rejected as a whole.

| path | what |
| --- | --- |
| \`${mapping}\` | the connection \`${connection}\`: its two endpoints, its links, fields and values |
| \`rules/${connection}/\` | code, where a table is not enough |
| \`users/${connection}.csv\` | who is who |
| \`mappings/schema/\` | what the trackers said of their fields: \`syncline schema pull ${connection}\` |
| \`rules/syncline.d.ts\` | the fields for editors, written by the same command |

No password stands here: a mapping names a secret, and the host has a file of that name.

## Before the first run

\`\`\`sh
syncline check --repo .
syncline sync ${connection}/${link} --full --dry-run --repo . --secrets <folder>
syncline start --repo . --secrets <folder>
\`\`\`

The first says whether everything fits, the second what a run would do, the third keeps both sides in step from then on.
${creation}

## To change something

1. Edit on a branch; \`syncline check --repo . --worktree\` says what is wrong, with file and line.
2. Open a pull request: the same check runs there (\`npx syncline@${version}\`; raise the version with your daemon's), and so do the rules' tests (\`*.test.ts\` beside them; here: \`syncline test\`).
3. Merge. The daemon takes it up by itself; \`syncline status\` shows whether it is live.

A link that a brake has stopped goes on when the commit's message ends with \`Allow-Changes: ${connection}/${link} delete\` (or \`create\`, \`update\`, \`all\`).

## To take something back

\`git revert\` a commit and push: the revision before it is live again. What was written to the trackers meanwhile:

\`\`\`sh
syncline undo --revision <commit>          # says what it would take back
syncline undo --revision <commit> --yes
\`\`\`
`;
}
