/**
 * By which the browser knows styles that the program makes (CSP): the server puts a new one into each page, Vite hands it
 * on in a meta element. Browsers hide the attribute of it from scripts, but not the property.
 */
export function nonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}
