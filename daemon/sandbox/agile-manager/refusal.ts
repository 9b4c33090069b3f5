/** A request that the tracker refuses; becomes the error answer. Thrown inside a transaction it undoes what was done so far. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  /** `invalid_query`, `invalid_value`, `read_only_field`, `access_denied`, `not_found`, `method_not_allowed`, `duplicate_name` … */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export function invalidQuery(message: string): Refusal {
  return new Refusal(400, "invalid_query", message);
}

export function invalidValue(message: string): Refusal {
  return new Refusal(400, "invalid_value", message);
}

export function notFound(message: string): Refusal {
  return new Refusal(404, "not_found", message);
}
