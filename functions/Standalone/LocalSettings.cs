using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;

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

    private sealed class Provider(LocalSettings source) : FileConfigurationProvider(source)
    {
        public override void Load(Stream stream)
        {
            using var document = JsonDocument.Parse(
                stream, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("Values", out var values)
                || values.ValueKind != JsonValueKind.Object) throw new FormatException($"{FileName} holds no object \"Values\"");

            var read = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
            foreach (var value in values.EnumerateObject())
                read[value.Name.Replace("__", ConfigurationPath.KeyDelimiter)] = value.Value.ToString();
            Data = read;
        }
    }
}
