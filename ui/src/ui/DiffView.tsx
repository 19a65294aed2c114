export { DiffView, type DiffProps } from './CodeEditor';
