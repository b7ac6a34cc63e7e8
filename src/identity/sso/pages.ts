/** The pages of single sign-on: plain HTML without scripts, which asks no other host for anything. */

/** A text that is HTML already. */
class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => escapes[character] ?? '')

/** Writes HTML; what is put in is escaped, unless it is HTML itself. */
function html(parts: TemplateStringsArray, ...values: readonly (string | Html)[]): Html {
  const texts = values.map((value) => (value instanceof Html ? value.text : escaped(value)))
  return new Html(parts.map((part, at) => part + (texts[at] ?? '')).join(''))
}

const style = new Html(
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}code,input{font:1.1rem ui-monospace,monospace}code{overflow-wrap:anywhere;background:#8882;padding:.2em}button{font-size:1rem;padding:.4em 1em;margin-right:.5em}:root{color-scheme:light dark}',
)

const pageOf = (title: string, body: Html): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <style>
          ${style}
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.text

/** Tells a user that a login has failed, and what to do next. */
export const failurePage = (sentence: string): string =>
  pageOf('The login has failed', html`<p>${upperFirst(sentence)}.</p>`)

/** Shows the session of a user who has no command that waits for it. */
export const sessionPage = (username: string, secret: string): string =>
  pageOf(
    `Logged in as ${username}`,
    html`<p>The token of this session is</p>
      <p><code>${secret}</code></p>
      <p>
        Send it as <code>Authorization: Bearer &hellip;</code> to the API. To log Docker in, run
        <code>breakwater login --sso --docker</code>.
      </p>`,
  )

/** Asks for the code that a command shows. @param typed what the address has of it already */
export const deviceCodePage = (action: string, typed: string): string =>
  pageOf(
    'Log in a command',
    html`<p>
        Type the code that the command shows on your own machine. A code that another person sent you logs in that
        person.
      </p>
      <form method="post" action="${action}">
        <p>
          <input name="code" value="${typed}" maxlength="20" autocomplete="off" autocapitalize="characters" required />
        </p>
        <p><button>Log in</button></p>
      </form>`,
  )

/** Asks a user who has logged in whether a command may do so too. */
export const approvalPage = (
  action: string,
  {
    name,
    device,
    network,
    purpose,
    ticket,
  }: {
    readonly name: string
    readonly device: string
    readonly network: string
    readonly purpose: 'login' | 'link'
    readonly ticket: string
  },
): string =>
  pageOf(
    purpose === 'login' ? `Log in a command as ${name}?` : `Link ${name} to an account?`,
    html`<p>
        A command on the machine <strong>${device === '' ? 'without a name' : device}</strong>, with the address
        <strong>${network}</strong>, ${purpose === 'login' ? 'asks to act as you' : 'asks to link you to its account'}.
        Refuse unless you have just run it there.
      </p>
      <form method="post" action="${action}">
        <input type="hidden" name="ticket" value="${ticket}" />
        <p>
          <button name="answer" value="approve">Approve</button><button name="answer" value="refuse">Refuse</button>
        </p>
      </form>`,
  )

/** Tells a user that the command goes on, or not. */
export const answeredPage = (isApproved: boolean): string =>
  isApproved
    ? pageOf('Approved', html`<p>Go back to the command. You can close this page.</p>`)
    : pageOf('Refused', html`<p>The command is not logged in. You can close this page.</p>`)

const upperFirst = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
