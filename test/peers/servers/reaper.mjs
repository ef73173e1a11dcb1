// Ends what a test leaves behind when the test itself is killed: a stopped (SIGSTOP) server would stay for good. Its parent
// tells it which processes live; when the parent is gone, so are they.
const living = new Set();

process.on('message', ({ born, ended }) => {
  if (born) living.add(born);
  if (ended) living.delete(ended);
});
process.on('disconnect', () => {
  for (const pid of living) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
  process.exit();
});
// A signal to the whole group, such as Ctrl-C, must not end it before its work is done.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
