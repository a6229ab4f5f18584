using Sophia.Keda.Reactor.Paging.Channels.Webhook;

namespace Sophia.Keda.Reactor.Settings;

/// <summary>Pages:Webhook. The address and the signing key are secrets; the template is read once.</summary>
internal static class WebhookReading
{
    private const string TemplateName = "Pages:Webhook:Template";
    private const int LargestTemplate = 64 * 1024;

    public static GenericWebhookSettings? Read(SettingsReader read, SecretSet secrets)
    {
        var (url, key, template) = (secrets[SecretRule.WebhookUrl], secrets[SecretRule.WebhookSecret], TemplateOf(read));
        if (url is not null) return new GenericWebhookSettings { Url = url, SigningKey = key, Template = template };
        if (key is not null || template is not null)
            read.Fault(SecretRule.WebhookUrl, "nothing, and other settings of Pages:Webhook", "where to send, or no setting of Pages:Webhook at all");
        return null;
    }

    private static WebhookTemplate? TemplateOf(SettingsReader read)
    {
        if (read.ExistingFile(TemplateName) is not { } path || !File.Exists(path)) return null;
        try
        {
            if (new FileInfo(path).Length > LargestTemplate)
            {
                read.Fault(TemplateName, $"\"{path}\", which is larger than {LargestTemplate} bytes", "a smaller one");
                return null;
            }

            var (template, fault) = WebhookTemplate.Read(File.ReadAllText(path));
            if (fault is not null)
                read.Fault(TemplateName, $"\"{path}\" with {fault}", $"a JSON document; in its strings {string.Join(", ", WebhookPage.Names.Select(name => $"{{{{{name}}}}}"))}");
            return template;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            read.Fault(TemplateName, $"\"{path}\", which can't be read", "a JSON file that this process may read");
            return null;
        }
    }
}
