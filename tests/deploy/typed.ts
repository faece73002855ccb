/** Manifests held against types: names that nobody knows are found, which schemas let through. */
import { join } from 'node:path'
import ts from 'typescript'
import { project } from '../support/serve.ts'

const options: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  types: [],
}

/** What the compiler says of a text, as a file of this project that is nowhere written. */
export function complaints(text: string): string[] {
  const path = join(project, 'tests', 'deploy', 'written.ts')
  const ordinary = ts.createCompilerHost(options)
  const host: ts.CompilerHost = {
    ...ordinary,
    getSourceFile: (name, ...more) =>
      name === path ? ts.createSourceFile(path, text, ts.ScriptTarget.ES2022) : ordinary.getSourceFile(name, ...more),
    fileExists: (name) => name === path || ordinary.fileExists(name),
    readFile: (name) => (name === path ? text : ordinary.readFile(name)),
  }
  const found = ts.getPreEmitDiagnostics(ts.createProgram([path], options, host))
  return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))
}
