/** What stops a run before or while it works, for which somebody must act outside the record: a field that is gone, a sign-in refused. */
export class RunTrouble extends Error {
  override readonly name = "RunTrouble";
  readonly endpoint: string;
  readonly field: string | null;

  constructor(endpoint: string, field: string | null, message: string) {
    super(message);
    this.endpoint = endpoint;
    this.field = field;
  }
}
