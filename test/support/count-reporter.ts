// Closes the run with one plain line that any script can read: `12 passed, 0 failed`; before it, whoever needed a second
// attempt (`retry` in vitest.config.ts), and what was wrong with the first.
import type { Reporter, TestModule } from 'vitest/node';

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap(module => [...module.children.allTests()]);
    const count = (state: string) => tests.filter(test => test.result().state === state).length;
    const brokenFiles = modules.filter(
      module => module.state() === 'failed' && module.errors().length > 0,
    ).length;
    const failed = count('failed') + brokenFiles + errors.length;
    const skipped = count('skipped');
    const again = tests.filter(test => test.diagnostic()?.flaky === true);
    for (const test of again) {
      const why = test.result().errors?.[0]?.message.split('\n')[0] ?? '';
      process.stdout.write(
        `\nneeded a second attempt: ${test.module.relativeModuleId} > ${test.fullName}\n  ${why}\n`,
      );
    }
    process.stdout.write(
      `\n${count('passed')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
    );
  }
}
