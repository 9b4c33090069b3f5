/** A refusal in the product's own words: `id` and `title` as in QCRestException. */
export class AlmError extends Error {
  override readonly name = "AlmError";
  readonly status: number;
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, id: string, title: string, headers: Readonly<Record<string, string>> = {}) {
    super(title);
    this.status = status;
    this.id = `qccore.${id}`;
    this.headers = headers;
  }
}

export function generalError(status: number, title: string): AlmError {
  return new AlmError(status, "general-error", title);
}

export function notFound(entity: string, id: number | string): AlmError {
  return new AlmError(404, "entity-not-found", `No entity of type ${entity} with id ${id} was found`);
}

/** What the servlet container says where the path leads nowhere: a page, whatever was accepted. */
export class NoSuchPath extends Error {
  override readonly name = "NoSuchPath";
}
