using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Sophia.Keda.Reactor.Settings;

namespace Sophia.Keda.Reactor.Functions.Standalone;

/// <summary>local.settings.json as func reads it: the strings under "Values", "__" as good as ":".</summary>
internal sealed class LocalSettings : FileConfigurationSource
{
    public const string FileName = "local.settings.json";

    /// <summary>The file in this folder or the nearest one above; null when there is none.</summary>
    public static LocalSettings? Find(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(at.FullName, FileName))) continue;
            return new LocalSettings { FileProvider = new PhysicalFileProvider(at.FullName), Path = FileName, ReloadOnChange = true };
        }

        return null;
    }

    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);
        return new Provider(this);
    }

    private sealed class Provider(LocalSettings source) : FileConfigurationProvider(source), IOnlySettings, ITellsReloadFault
    {
        private bool loaded;

        public string? ReloadFault { get; private set; }

        public IEnumerable<string> Names => Data.Keys;

        public string Unknown => $"a setting that nothing reads, in {FileName}";

        public bool HoldsHosts => true;

        /// <summary>A file that is just being written, or was written wrongly, takes nothing away that was read before.</summary>
        public override void Load(Stream stream)
        {
            try
            {
                Data = Read(stream);
                (loaded, ReloadFault) = (true, null);
            }
            catch (JsonException fault) when (loaded)
            {
                // Its own words would quote the file.
                ReloadFault = $"{FileName} can't be read: no JSON in line {fault.LineNumber + 1}";
            }
            catch (FormatException fault) when (loaded)
            {
                ReloadFault = fault.Message;
            }
        }

        private static Dictionary<string, string?> Read(Stream stream)
        {
            using var document = JsonDocument.Parse(
                stream, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("Values", out var values)
                || values.ValueKind != JsonValueKind.Object) throw new FormatException($"{FileName} holds no object \"Values\"");

            var read = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
            foreach (var value in values.EnumerateObject())
                read[value.Name.Replace("__", ConfigurationPath.KeyDelimiter)] = value.Value.ToString();
            return read;
        }
    }
}
