import type { Http, HttpAnswer, HttpRequest, HttpStream } from "../core/connector.ts";

/** One kind of exchange: how it is asked for, and where its status stands. For clients that do the same around both: sign-in, repeats, refusals. */
export interface Exchange<T> {
  ask(http: Http, request: HttpRequest): Promise<T>;
  answerOf(result: T): HttpAnswer;
}

export const WHOLE: Exchange<HttpAnswer> = {
  ask: (http, request) => http.send(request),
  answerOf: (answer) => answer,
};

/** The answer's body is read as it comes. */
export const STREAMED: Exchange<HttpStream> = {
  ask: (http, request) => http.stream(request),
  answerOf: ({ answer }) => answer,
};
