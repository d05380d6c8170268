/**
 * The token of a hub that wants one (BACKEND_TOKENS): said once behind the page's address, as in
 * `http://localhost:3000/#token=…`, which no server is told of; then kept for this tab alone.
 */
function hubToken(): string | undefined {
  const [address, said] = location.href.split("#token=");
  if (said) {
    sessionStorage.token = said;
    // It is not to be passed on with the address.
    history.replaceState(history.state, "", address);
  }
  return sessionStorage.token;
}

/** Asks the hub, with the token. */
export function askHub(url: string): Promise<Response> {
  const token = hubToken();
  return fetch(url, token ? { headers: { authorization: `Bearer ${token}` } } : undefined);
}

/** These subprotocols, and the token as one: a browser's socket can say it nowhere else. */
export function withToken(protocols: string[]): string[] {
  const token = hubToken();
  return token ? [...protocols, `bearer.${token}`] : protocols;
}
