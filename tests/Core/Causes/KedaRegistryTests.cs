namespace Sophia.Keda.Reactor.Core.Tests.Causes;

/// <summary>KEDA's resources and webhook configurations, as the API server has them: told when they are missing, and never a reason to trip.</summary>
public sealed class KedaRegistryTests
{
    private static readonly Registration Jobs = new(Registration.Crd, "scaledjobs.keda.sh", Standing.Well);
    private static readonly Registration Hook = new(Registration.Webhook, "keda-admission", Standing.Well);
    private readonly World _world = new("a", "b", "c", "d");

    [Fact]
    public void A_resource_that_is_gone_is_told_once_it_has_lasted_and_when_it_is_back()
    {
        See(Jobs);
        _world.Pass(1);
        See(Jobs with { Standing = Standing.Gone, What = "is gone, and every object of it with it", GiveBack = "helm -n keda-system get manifest keda | kubectl apply -f -" });
        _world.Pass(2);
        Assert.Empty(_world.Pages);
        _world.Pass(30);
        var page = Assert.Single(_world.Pages);
        Assert.Equal("KEDA's CustomResourceDefinition scaledjobs.keda.sh is gone", page.Title);
        Assert.Equal(Severity.Warning, page.Severity);
        Assert.Contains("Give it back: helm -n keda-system get manifest keda | kubectl apply -f -.", page.YouMay);
        Assert.Single(_world.Audit, a => a.Reason == Reason.KedaNotRegistered);
        Assert.Empty(_world.Panel.Incidents);
        Assert.Empty(_world.Written);
        See(Jobs);
        _world.Pass(1);
        Assert.Equal(PageKind.Resolve, _world.Pages[^1].Kind);
        Assert.Equal(2, _world.Pages.Count);
    }

    [Fact]
    public void What_never_was_says_nothing_by_being_missing()
    {
        See(Jobs with { Standing = Standing.Gone, What = "is gone" }, Hook with { Standing = Standing.Taken, What = "leads to Service x/y" });
        _world.Pass(30);
        Assert.Empty(_world.Pages);
        Assert.Empty(_world.Panel.Signs.Amiss);
    }

    [Fact]
    public void A_webhook_configuration_that_went_is_told_while_the_webhooks_are_to_run()
    {
        See(Hook);
        _world.Pass(1);
        See();
        _world.Pass(5);
        var page = Assert.Single(_world.Pages);
        Assert.Equal("KEDA's ValidatingWebhookConfiguration keda-admission is gone", page.Title);
        Assert.Contains("nobody refuses a second ScaledObject or HPA on one workload", page.Happened);
        Assert.Empty(_world.Panel.Incidents);
    }

    [Fact]
    public void Webhooks_that_were_taken_out_of_KEDA_are_not_missed()
    {
        See(Hook);
        _world.Pass(1);
        See();
        _world.WebhooksExpected = false;
        _world.Pass(30);
        Assert.Empty(_world.Pages);
    }

    [Fact]
    public void One_that_refuses_every_pause_is_an_error_and_told_before_a_trip_needs_it()
    {
        See(Hook with { Standing = Standing.NotServed, Refuses = true, What = "leads to Service x/y, which is not there", LastWriter = new FieldWriter("helm", World.Start) });
        _world.Pass(5);
        var page = Assert.Single(_world.Pages);
        Assert.Equal(Severity.Error, page.Severity);
        Assert.Contains("no ScaledObject can be paused as long as this lasts", page.Did);
        Assert.Contains("last written by helm 02:00:00Z", page.Happened);
    }

    [Fact]
    public void One_that_leads_to_somebody_else_is_told_with_who_wrote_it()
    {
        See(Hook);
        _world.Pass(1);
        See(Hook with { Standing = Standing.Taken, What = "leads to Service x/y, not to KEDA's webhooks keda-system/keda-admission-webhooks", LastWriter = new FieldWriter("argocd-controller", World.Start) });
        _world.Pass(5);
        var page = Assert.Single(_world.Pages);
        Assert.Equal("KEDA's ValidatingWebhookConfiguration keda-admission leads to somebody else", page.Title);
        Assert.Contains("last written by argocd-controller", page.Happened);
    }

    [Fact]
    public void More_of_them_are_one_page_and_its_update()
    {
        See(Jobs, Hook);
        _world.Pass(1);
        See(Jobs with { Standing = Standing.Gone, What = "is gone" }, Hook);
        _world.Pass(5);
        See(Jobs with { Standing = Standing.Gone, What = "is gone" });
        _world.Pass(30);
        Assert.Equal([PageKind.Trigger, PageKind.Update], _world.Pages.Select(p => p.Kind));
        Assert.Equal("2 registrations of KEDA's are gone or not served", _world.Pages[^1].Title);
        Assert.Single(_world.Pages.Select(p => p.DedupKey).Distinct());
    }

    [Fact]
    public void What_can_not_be_told_is_said_in_health_alone()
    {
        See(Hook);
        _world.Pass(1);
        See(Hook with { Standing = Standing.Unknown, What = "whether it leads to KEDA's webhooks can't be told: forbidden" });
        _world.Pass(30);
        Assert.Empty(_world.Pages);
        Assert.Contains("ValidatingWebhookConfiguration keda-admission: whether it leads to KEDA's webhooks can't be told: forbidden", _world.Panel.Signs.NotJudged);
    }

    [Fact]
    public void What_is_told_stays_told_while_it_can_not_be_read()
    {
        See(Jobs, Hook);
        _world.Pass(1);
        See(Jobs with { Standing = Standing.Gone, What = "is gone" });
        _world.Pass(5);
        See(Jobs with { Standing = Standing.Unknown, What = "whether it is served could not be asked: 500" }, new Registration(Registration.Webhook, "", Standing.Unknown) { What = "could not be read: 500" });
        _world.Pass(10);
        Assert.Equal([PageKind.Trigger], _world.Pages.Select(p => p.Kind));
        Assert.Equal(2, _world.Panel.Signs.Amiss.Count);
        Assert.Contains("ValidatingWebhookConfigurations: could not be read: 500", _world.Panel.Signs.NotJudged);
        See(Jobs, Hook);
        _world.Pass(1);
        Assert.Equal(PageKind.Resolve, _world.Pages[^1].Kind);
    }

    [Fact]
    public void Without_ScaledObjects_the_reactor_is_blind_and_says_what_is_gone_and_how_it_comes_back()
    {
        See(new Registration(Registration.Crd, "scaledobjects.keda.sh", Standing.Well));
        _world.Pass(1);
        _world.Visible = false;
        _world.NothingServed = new Registration(Registration.Crd, "scaledobjects.keda.sh", Standing.Gone) { What = "is gone", Refuses = true };
        _world.Pass(5);
        var page = Assert.Single(_world.Pages);
        Assert.Equal("Reactor is blind: KEDA's ScaledObjects are not served", page.Title);
        Assert.Equal(Severity.Critical, page.Severity);
        Assert.Contains("kubectl get customresourcedefinition scaledobjects.keda.sh", page.YouMay);
        Assert.Empty(_world.Panel.Incidents);
    }

    private void See(params Registration[] registrations) => _world.Registrations = [.. registrations];
}
