/** The files of the API pages that are not Swagger UI's own: the page, and the script that starts it. */

/** The absolute path of the page and its files: the page answers with and without a slash at the end. */
const here = '/apidocs'
const openApiDocument = '/api/v0/openapi.json'

/**
 * Swagger UI writes styles into its elements and draws its icons from `data:` addresses. Nothing else is allowed that is
 * not a file of this registry, so that no page or request of another host can come between a user and their password.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

/**
 * Returns the HTML of the page.
 *
 * @param version of Swagger UI, in the URLs of its files, so that browsers may keep them
 */
export const apiDocsPage = (version: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Breakwater API</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${here}/swagger-ui.css?v=${version}">
  </head>
  <body>
    <main id="swagger-ui"></main>
    <noscript>
      This page needs JavaScript. The document that it shows is <a href="${openApiDocument}">${openApiDocument}</a>.
    </noscript>
    <script src="${here}/swagger-ui-bundle.js?v=${version}"></script>
    <script src="${here}/start.js"></script>
  </body>
</html>
`

/**
 * The script that starts Swagger UI. `validatorUrl: null` keeps it from sending the document to a validator elsewhere.
 */
export const startScript = `SwaggerUIBundle({
  url: '${openApiDocument}',
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  validatorUrl: null,
  persistAuthorization: false,
})
`
