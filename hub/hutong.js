#!/usr/bin/env node
// The command. Node runs the TypeScript beside it as it is, from 22.18 on; the project brings its own.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(
    `Hutong needs Node 22.19 or later, not ${process.versions.node}. Run it through npm or npx, which use the Node that npm ci installed.`,
  )
  process.exit(1)
}
await import('./cli.ts')
