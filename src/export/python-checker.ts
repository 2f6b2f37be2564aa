import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What ONNX's own checker says of a file. */
export type CheckerVerdict =
  /** Neither `$ARPENT_PYTHON` nor `python3` has the package `onnx`. */
  { readonly kind: 'absent' } | { readonly kind: 'passed' | 'failed'; readonly text: string };

const PROGRAM = `
import sys
try:
    import onnx
except ImportError:
    print("absent")
    sys.exit(0)
try:
    onnx.checker.check_model(sys.argv[1], full_check=True)
    print("passed onnx " + onnx.__version__)
except Exception as error:
    print("failed " + str(error).replace("\\n", " "))
`;

const run = promisify(execFile);

/** Runs ONNX's checker, with shape inference, where a Python with `onnx` is present. */
export async function checkWithPython(
  file: string,
  python = process.env.ARPENT_PYTHON ?? 'python3',
): Promise<CheckerVerdict> {
  try {
    const { stdout } = await run(python, ['-c', PROGRAM, file], { maxBuffer: 1 << 24 });
    const said = stdout.trim().split('\n').at(-1) ?? '';
    const kind = (['passed', 'failed'] as const).find((one) => said.startsWith(one));
    return kind === undefined ? { kind: 'absent' } : { kind, text: said.slice(kind.length + 1) };
  } catch {
    return { kind: 'absent' };
  }
}
