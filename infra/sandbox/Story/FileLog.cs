using Microsoft.Extensions.Logging;

namespace Sophia.Keda.Reactor.Sandbox.Story;

/// <summary>The reactor's log in a file, so that the story's table stays readable; warnings are shown at the end.</summary>
internal sealed class FileLog(string path) : ILoggerProvider
{
    private readonly Lock _sync = new();
    private readonly StreamWriter _file = new(path) { AutoFlush = true };

    public ILogger CreateLogger(string categoryName) => new Lines(this, categoryName);

    public void Dispose() => _file.Dispose();

    private void Write(LogLevel level, string category, string text, Exception? fault)
    {
        lock (_sync)
        {
            if (_file.BaseStream is not null)
                _file.WriteLine($"{level} {category}: {text}{(fault is null ? "" : " | " + fault)}");
        }
    }

    private sealed class Lines(FileLog file, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            file.Write(logLevel, category, formatter(state, exception), exception);
    }
}
