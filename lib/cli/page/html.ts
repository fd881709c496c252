import { asset, hashSource } from './assets';
import type { PageData } from './data';

interface Document {
  title: string;
  script: 'client.js' | 'form.js';
  /** Read by the script from the element `data`. */
  data: unknown;
  /** Whether the page talks to the server that it comes from. */
  live: boolean;
}

/** A page may load its own script and style, and nothing from elsewhere. */
export function contentSecurityPolicy({ script, live }: Pick<Document, 'script' | 'live'>): string {
  return [
    "default-src 'none'",
    `script-src ${hashSource(asset(script))}`,
    `style-src ${hashSource(asset('page.css'))}`,
    `connect-src ${live ? "'self'" : "'none'"}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** A whole page as one text: style, script and data are inside. */
export function renderDocument({ title, script, data, live }: Document): string {
  // The header of a live page says more than an element can: frame-ancestors.
  const policy = live ? '' : `<meta http-equiv="content-security-policy" content="${contentSecurityPolicy({ script, live })}">\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${policy}<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<style>${asset('page.css')}</style>
</head>
<body>
<noscript>This page needs JavaScript.</noscript>
<script type="application/json" id="data">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>
<script>${asset(script)}</script>
</body>
</html>
`;
}

/** The live page as it is before training: what is trained comes by events. */
export function renderPage(title: string): string {
  return renderDocument({ title, script: 'client.js', data: null, live: true });
}

/** The page with its data inside: report.html, which needs no server and no network. */
export function renderReport(data: PageData): string {
  const { controls: _, ...still } = data;
  return renderDocument({ title: data.title, script: 'client.js', data: still, live: false });
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
