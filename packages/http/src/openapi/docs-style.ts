/** The style of the page: dark or light as the reader has it, and readable on narrow screens. */

/** Plain CSS, the same on every page, so that a policy can name it by its digest. */
export const DOCS_STYLE = `
:root { --text: #1b1f24; --soft: #57606a; --page: #fff; --card: #f6f8fa; --line: #d0d7de; --link: #0550ae; --focus: #0969da }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --soft: #9da7b3; --page: #0d1117; --card: #161b22; --line: #30363d; --link: #79c0ff; --focus: #58a6ff } }
* { box-sizing: border-box }
body { margin: 0; color: var(--text); background: var(--page); font: 16px/1.5 system-ui, sans-serif }
header { padding: 1rem 1.5rem; border-bottom: 1px solid var(--line) }
h1 { margin: 0; font-size: 1.6rem }
h2 { font-size: 1.2rem }
h4 { margin: 1rem 0 .25rem }
small, .rule, .type { color: var(--soft); font-size: .875rem; font-weight: normal }
p { white-space: pre-line; margin: .25rem 0 }
a { color: var(--link) }
code, pre, textarea { font: .875rem/1.45 ui-monospace, monospace }
code { overflow-wrap: anywhere }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px }
.skip { position: absolute; left: -999px }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem; background: var(--page) }
.columns { display: grid; grid-template-columns: minmax(14rem, 20rem) minmax(0, 1fr) }
nav { padding: 0 1.5rem; border-right: 1px solid var(--line) }
nav ul, .card ul { padding-left: 1rem; margin: .25rem 0 }
nav ul { list-style: none; padding: 0 }
nav a { display: block; padding: .25rem 0; text-decoration: none }
main { padding: 0 1.5rem 3rem }
.card { margin: .75rem 0; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card) }
summary { cursor: pointer }
.method { display: inline-block; min-width: 4.2em; padding: 0 .4em; border: 1px solid currentColor; border-radius: .25rem; font: bold .75rem/1.6 ui-monospace, monospace; text-align: center }
.get { color: #0969da } .post { color: #1a7f37 } .put, .patch { color: #9a6700 } .delete { color: #cf222e }
@media (prefers-color-scheme: dark) { .get { color: #79c0ff } .post { color: #7ee787 } .put, .patch { color: #e3b341 } .delete { color: #ff7b72 } }
table { width: 100%; border-collapse: collapse }
th, td { padding: .35rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
dd { margin: 0 0 .5rem 1rem }
label { display: block; margin: .5rem 0 }
input, select, textarea { display: block; width: 100%; max-width: 40rem; padding: .4rem; color: inherit; background: var(--page); border: 1px solid var(--soft); border-radius: .25rem }
button { padding: .4rem 1.2rem; color: var(--page); background: var(--link); border: 0; border-radius: .25rem; font: inherit }
pre { max-height: 30rem; overflow: auto; padding: .75rem; background: var(--page); border: 1px solid var(--line); white-space: pre-wrap; overflow-wrap: anywhere }
@media (max-width: 48rem) { .columns { display: block } nav { border: 0 } }
`;
