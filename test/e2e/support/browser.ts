/** As much of a browser as a login needs: cookies of each origin, redirects, and forms that are filled in. */

export interface Page {
  readonly url: string
  readonly status: number
  readonly text: string
}

const mostSteps = 20

export class Browser {
  readonly #jars = new Map<string, Map<string, string>>()

  /** Opens an address and follows redirects. */
  async open(url: string, init: RequestInit = {}): Promise<Page> {
    let [at, request] = [url, init]
    for (let steps = 0; steps < mostSteps; steps++) {
      const response = await this.ask(at, request)
      const location = response.headers.get('location')
      const text = await response.text()
      if (location === null) return { url: at, status: response.status, text }
      at = new URL(location, at).href
      request = {}
    }
    throw new Error(`${url} leads in circles`)
  }

  /** Sends one request with the cookies of its origin. */
  async ask(url: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url)
    // Cookies have no port (RFC 6265 section 8.5), but these tests have one host with many.
    const jar = this.#jars.get(origin) ?? new Map<string, string>()
    this.#jars.set(origin, jar)
    const headers = new Headers(init.headers)
    headers.set('accept', headers.get('accept') ?? 'text/html')
    headers.set('cookie', Array.from(jar, ([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (value === '' || /max-age=0\b/i.test(cookie)) jar.delete(name)
      else jar.set(name, value)
    }
    return response
  }

  /** Sends the form of a page. */
  submit(page: Page, fields: Readonly<Record<string, string>>): Promise<Page> {
    const [, action] = /<form[^>]*\baction="([^"]*)"/.exec(page.text) ?? []
    if (action === undefined) throw new Error(`${page.url} has no form:\n${page.text}`)
    const hidden = Array.from(page.text.matchAll(/<input[^>]*\btype="hidden"[^>]*>/g), ([input]) => [
      attribute(input, 'name'),
      attribute(input, 'value'),
    ])
    const body = new URLSearchParams({ ...Object.fromEntries(hidden), ...fields })
    const { origin } = new URL(page.url)
    const url = new URL(action.replaceAll('&amp;', '&'), page.url).href
    return this.open(url, { method: 'POST', body, headers: { origin } })
  }

  /** Logs in at the provider of the tests, where it asks, and lets the registry know who it is. */
  async signOn(url: string, subject: string): Promise<Page> {
    return this.goOn(await this.open(url), subject)
  }

  /** Answers the forms of the provider. */
  async goOn(page: Page, subject: string): Promise<Page> {
    let at = page
    if (at.text.includes('name="login"')) at = await this.submit(at, { login: subject, password: 'any' })
    if (at.text.includes('value="consent"')) at = await this.submit(at, {})
    return at
  }
}

const attribute = (tag: string, name: string): string => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? ''
