using System.Text;
using Microsoft.Extensions.Configuration;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>Reads a folder with one file for each setting, as Kubernetes mounts a Secret.</summary>
internal static class FolderReader
{
    /// <summary>Where Kubernetes links to the present files; it turns this one link and so swaps them all at once.</summary>
    private const string Link = "..data";

    private const int Tries = 3;
    private const int MostBytes = 64 * 1024;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>By setting; all files of one moment, never half of the old and half of the new.</summary>
    /// <exception cref="IOException">It can't be read; the message names the file and never what it holds.</exception>
    public static Dictionary<string, string?> Read(string folder)
    {
        for (var tries = 1; ; tries++)
        {
            var before = Target(folder);
            try
            {
                var read = ReadFiles(folder);
                if (Target(folder) == before) return read;
                if (tries == Tries) throw new IOException($"{folder} changes while it is read");
            }
            catch (Exception fault) when (tries < Tries && fault is IOException && Target(folder) != before)
            {
                // It was swapped underneath: once more.
            }
        }
    }

    private static Dictionary<string, string?> ReadFiles(string folder)
    {
        var read = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var path in Directory.EnumerateFiles(folder))
        {
            var file = Path.GetFileName(path);
            if (file.StartsWith("..", StringComparison.Ordinal)) continue;
            var name = file.Replace("__", ConfigurationPath.KeyDelimiter);
            if (!read.TryAdd(name, ReadFile(path))) throw new IOException($"two files of {folder} are for {name}");
        }

        return read;
    }

    private static string ReadFile(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var bytes = new byte[MostBytes + 1];
            var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MostBytes) throw new IOException($"{path} holds more than {MostBytes} bytes");
            return Strict.GetString(bytes, 0, length).TrimStart('\uFEFF').TrimEnd('\r', '\n');
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException($"{path} may not be read by this process", fault);
        }
        catch (DecoderFallbackException fault)
        {
            throw new IOException($"{path} is no text (UTF-8)", fault);
        }
    }

    private static string? Target(string folder) => new DirectoryInfo(Path.Combine(folder, Link)).LinkTarget;
}
