/** A caller of the HTTP API, as any service would write one. */
export type ApiAnswer = { status: number; body: Record<string, unknown>; headers: Headers; ms: number };

export type ApiClient = {
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer>;
  /** The same with an answer of 2xx. @throws Error with the problem's detail */
  ok(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
};

export function apiClient(url: string, key?: string): ApiClient {
  const call: ApiClient["call"] = async (method, path, body, headers = {}) => {
    const startedMs = performance.now();
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(key && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const ms = performance.now() - startedMs;
    return { status: response.status, body: parsed(text), headers: response.headers, ms };
  };
  return {
    call,
    async ok(method, path, body) {
      const answer = await call(method, path, body);
      if (answer.status >= 300) {
        throw new Error(
          `${method} ${path} answered ${answer.status}: ${answer.body["detail"] ?? JSON.stringify(answer.body)}`,
        );
      }
      return answer.body;
    },
  };
}

function parsed(text: string): Record<string, unknown> {
  if (text === "") return {};
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return { text }; // lines of JSON, or a gateway's own page
  }
}
