/**
 * The token of a hub that wants one (BACKEND_TOKENS): said once behind the page's address, as in
 * `http://localhost:3000/#token=…`, which no server is told of; then kept for this tab alone.
 */
const KEY = "hub-token";

/** The token, if one was said; it is taken out of the address, where it would be passed on with it. */
export function hubToken(): string | undefined {
  const said = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!said) return sessionStorage.getItem(KEY) ?? undefined;
  sessionStorage.setItem(KEY, said);
  history.replaceState(history.state, "", location.pathname + location.search);
  return said;
}

/** Asks the hub, with the token. */
export function askHub(url: string, init: RequestInit = {}): Promise<Response> {
  const token = hubToken();
  return fetch(url, token ? { ...init, headers: { authorization: `Bearer ${token}` } } : init);
}

/** These subprotocols, and the token as one: a browser's socket can say it nowhere else. */
export function withToken(protocols: readonly string[]): string[] {
  const token = hubToken();
  return token ? [...protocols, `bearer.${token}`] : [...protocols];
}
