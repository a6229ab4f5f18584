using Microsoft.Extensions.Configuration;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>
/// The setting Secrets:Folder: a folder with one file for each setting, named like it with __ for :, over all other sources. It is looked at
/// again and again instead of watched: Kubernetes swaps a link beside the files, which no watcher of them sees, and network shares tell nothing.
/// </summary>
public sealed class SecretsFolder(string path, TimeProvider time) : IConfigurationSource
{
    public const string Setting = "Secrets:Folder";

    /// <summary>Of the machine's clock: files change in real time, also where the reactor's clock is a simulated one.</summary>
    public static TimeSpan Period { get; } = TimeSpan.FromSeconds(2);

    /// <summary>Adds the folder that the setting names, if it names one.</summary>
    /// <returns>Why it can't be used; null when it can, or none is set.</returns>
    public static SettingsFault? AddTo(IConfigurationBuilder builder, IConfiguration configuration)
    {
        if (configuration[Setting]?.Trim() is not { Length: > 0 } path) return null;
        if (!Directory.Exists(path)) return new SettingsFault(Setting, $"\"{path}\", which is not there", "a folder");
        try
        {
            builder.Add(new SecretsFolder(path, TimeProvider.System));
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new SettingsFault(Setting, fault.Message, "a folder with a readable file for each setting");
        }
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => new FolderProvider(path, time);

    private sealed class FolderProvider(string path, TimeProvider time) : ConfigurationProvider, IOnlySettings, ITellsReloadFault, IDisposable
    {
        private ITimer? timer;
        private Dictionary<string, string?>? next;
        private string? nextFault;

        public string? ReloadFault { get; private set; }

        public IEnumerable<string> Names => Data.Keys;

        public string Unknown => $"a file of {Setting} with this name, which is no setting";

        /// <summary>No setting of the host counts from here: it has read its own before.</summary>
        public bool HoldsHosts => false;

        public override void Load()
        {
            Data = FolderReader.Read(path);
            timer ??= time.CreateTimer(_ => Look(), null, Period, Timeout.InfiniteTimeSpan);
        }

        public void Dispose() => timer?.Dispose();

        private void Look()
        {
            try
            {
                if (Changed()) OnReload();
            }
            finally
            {
                // One look after the other, however long one takes.
                timer?.Change(Period, Timeout.InfiniteTimeSpan);
            }
        }

        /// <summary>What is new counts when two looks in a row saw the same: a file that is being written is seen whole or not at all.</summary>
        private bool Changed()
        {
            try
            {
                var read = FolderReader.Read(path);
                nextFault = null;
                if (Same(read, Data))
                {
                    (next, ReloadFault) = (null, null);
                    return false;
                }

                if (next is null || !Same(read, next))
                {
                    next = read;
                    return false;
                }

                (Data, next, ReloadFault) = (read, null, null);
                return true;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                return Failed($"{Setting} can't be read: {fault.Message}");
            }
        }

        private bool Failed(string fault)
        {
            next = null;
            var lasts = nextFault == fault && ReloadFault != fault;
            nextFault = fault;
            if (lasts) ReloadFault = fault;
            return lasts;
        }

        private static bool Same(Dictionary<string, string?> one, IDictionary<string, string?> other) =>
            one.Count == other.Count && one.All(file => other.TryGetValue(file.Key, out var text) && text == file.Value);
    }
}
