/** How the hub says no. */
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";

/** An error as JSON: a status, a word for programs, and a sentence that says what to change. */
export function problem(
  c: Context,
  status: ContentfulStatusCode,
  code: string,
  message: string,
): Response {
  return c.json({ status, code, message }, status);
}
