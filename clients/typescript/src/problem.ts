import type { Schemas } from "./types.js";

/** Who changed an article since the version that an edit is based on. */
export interface ChangeSince {
  version: number;
  action: string;
  at: string;
  by: string | null;
  note: string | null;
}

/** A problem as the server tells it (RFC 9457), with the members that some codes add. */
export type Problem = Schemas["Problem"] & {
  current_version?: number;
  changes?: ChangeSince[];
  changed_fields?: string[];
  conflicts?: unknown[];
  suggestion?: string;
  used_by?: Record<string, number>;
} & Record<string, unknown>;

/** Thrown for every answer of 4xx and 5xx. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly status: number;
  /** The kind of problem, for programs: `stale_version`, `invalid_fields`, `not_found`, … */
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | undefined;
  /** Each field, parameter or header that is not as it must be. */
  readonly errors: readonly Schemas["FieldError"][];
  /** Of a lost edit (412): the version that stands now. */
  readonly currentVersion: number | undefined;
  /** Of a lost edit of an article: who did what since. */
  readonly changes: readonly ChangeSince[];
  /** Of a lost edit of an article: the members that are different now. */
  readonly changedFields: readonly string[];
  /** Seconds to wait before the next attempt, where the server says so. */
  readonly retryAfter: number | undefined;

  constructor(
    readonly problem: Problem,
    readonly headers: Headers,
  ) {
    super(`${problem.status} ${problem.code}: ${[problem.detail, ...fieldsOf(problem)].join(" ")}`);
    this.status = problem.status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.requestId = problem.request_id || undefined;
    this.errors = problem.errors ?? [];
    this.currentVersion = problem.current_version;
    this.changes = problem.changes ?? [];
    this.changedFields = problem.changed_fields ?? [];
    const wait = headers.get("retry-after");
    this.retryAfter = wait !== null && /^\d+$/.test(wait) ? Number(wait) : undefined;
  }

  /** What is wrong with one field (`"title"` or `"/body/source"`), parameter or header. */
  of(name: string): Schemas["FieldError"] | undefined {
    const pointer = name.startsWith("/") ? name : `/${name}`;
    return this.errors.find(
      (e) => e.pointer === pointer || e.parameter === name || e.header === name,
    );
  }

  static async from(response: Response): Promise<ProblemError> {
    const text = await response.text();
    return new ProblemError(read(text) ?? foreign(response, text), response.headers);
  }
}

/** Of a single one the detail speaks already. */
function fieldsOf(problem: Problem): string[] {
  const errors = problem.errors ?? [];
  if (errors.length < 2) return [];
  return errors.map((e) => {
    const place = e.pointer ?? e.parameter ?? e.header;
    return place === undefined ? e.detail : `${place} ${e.detail}`;
  });
}

function read(text: string): Problem | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const whole =
      typeof value === "object" && value !== null && "code" in value && "status" in value;
    return whole ? (value as Problem) : undefined;
  } catch {
    return undefined;
  }
}

/** Proxies between answer in their own ways; those are problems all the same. */
function foreign(response: Response, text: string): Problem {
  return {
    type: "about:blank",
    title: response.statusText,
    status: response.status,
    detail: text.slice(0, 200) || response.statusText,
    instance: new URL(response.url || "about:blank").pathname,
    code: "unexpected_answer",
    request_id: response.headers.get("x-request-id") ?? "",
  };
}
