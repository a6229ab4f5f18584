using System.Text.Json.Nodes;
using Sophia.Keda.Reactor.Sandbox.Cluster;

namespace Sophia.Keda.Reactor.Contracts.Tests.Sandbox;

/// <summary>Who wrote a ScaledObject, as far as its managedFields tell.</summary>
public sealed class FieldManagerFacts
{
    private const string Pause = """{"metadata":{"annotations":{"autoscaling.keda.sh/paused":"true"}}}""";
    private const string Unpause = """{"metadata":{"annotations":{"autoscaling.keda.sh/paused":null}}}""";
    private readonly World _world = new();

    [Theory]
    [InlineData("kubectl-annotate")]
    [InlineData("argocd-controller")]
    public void An_annotation_written_by_a_patch_is_owned_by_its_writer(string manager)
    {
        By(manager, Pause);
        _world.Wait(5);
        var newest = Newest();
        Assert.Equal((manager, "Update"), (newest.Text("manager"), newest.Text("operation")));
        Assert.True(Owns(newest, "autoscaling.keda.sh/paused"));
        Assert.InRange((_world.Cluster.Now - Time(newest)).TotalSeconds, 4, 6);
    }

    [Fact]
    public void Without_a_name_the_writer_is_the_first_word_of_its_user_agent()
    {
        _world.Pause();
        Assert.Equal("tests", Newest().Text("manager"));
    }

    [Fact]
    public void Whoever_writes_the_same_key_with_another_value_takes_it_over()
    {
        By("sophia-keda-reactor", Pause);
        _world.Wait(5);
        By("argocd-controller", Pause.Replace("\"true\"", "\"false\"", StringComparison.Ordinal));
        Assert.Equal("argocd-controller", Newest().Text("manager"));
        Assert.False(Owns(Entry("sophia-keda-reactor")!, "autoscaling.keda.sh/paused"));
    }

    [Fact]
    public void Whoever_made_the_map_keeps_an_entry_for_it_until_it_goes()
    {
        By("sophia-keda-reactor", Pause);
        By("argocd-controller", Pause.Replace("\"true\"", "\"false\"", StringComparison.Ordinal));
        Assert.Equal("""{"f:metadata":{"f:annotations":{}}}""", Entry("sophia-keda-reactor")!["fieldsV1"]!.ToJsonString());
        Assert.Equal("""{"f:metadata":{"f:annotations":{"f:autoscaling.keda.sh/paused":{}}}}""", Entry("argocd-controller")!["fieldsV1"]!.ToJsonString());
        By("kubectl-annotate", Unpause);
        Assert.Null(Entry("sophia-keda-reactor"));
    }

    [Fact]
    public void While_it_owns_something_in_it_a_dot_says_that_it_made_the_map()
    {
        By("sophia-keda-reactor", Pause);
        Assert.Equal("""{"f:metadata":{"f:annotations":{".":{},"f:autoscaling.keda.sh/paused":{}}}}""", Entry("sophia-keda-reactor")!["fieldsV1"]!.ToJsonString());
    }

    [Theory]
    [InlineData("\"true\"", false)]
    [InlineData("\"yes\"", true)]
    public void A_patch_with_the_value_that_is_there_shows_nobody_and_one_with_another_does(string value, bool shows)
    {
        By("sophia-keda-reactor", Pause);
        By("kubectl-annotate", Pause.Replace("\"true\"", value, StringComparison.Ordinal));
        Assert.Equal(shows, Entry("kubectl-annotate") is not null);
    }

    [Fact]
    public void Whoever_applies_the_value_that_is_there_owns_it_too()
    {
        By("sophia-keda-reactor", Pause);
        Apply("""{"autoscaling.keda.sh/paused":"true"}""");
        Assert.True(Owns(Entry("kustomize-controller")!, "autoscaling.keda.sh/paused"));
        Assert.True(Owns(Entry("sophia-keda-reactor")!, "autoscaling.keda.sh/paused"));
    }

    [Fact]
    public void Whoever_only_removes_a_key_leaves_no_entry_and_the_owner_loses_his()
    {
        By("sophia-keda-reactor", Pause);
        var before = Newest(but: "sophia-keda-reactor");
        _world.Wait(5);
        By("kubectl-annotate", Unpause);

        Assert.Null(Entry("kubectl-annotate"));
        Assert.Null(Entry("sophia-keda-reactor"));
        Assert.Equal(before.Text("manager"), Newest().Text("manager"));
    }

    [Fact]
    public void A_remover_that_owns_something_else_keeps_its_entry_and_its_old_time()
    {
        By("argocd-controller", """{"metadata":{"annotations":{"example.org/team":"a"}}}""");
        var was = Time(Entry("argocd-controller")!);
        _world.Wait(5);
        By("sophia-keda-reactor", Pause.Replace("}}}", ",\"reactor.sophia-intel.ai/incident\":\"i\"}}}", StringComparison.Ordinal));
        _world.Wait(5);
        By("argocd-controller", Unpause);

        Assert.Equal(was, Time(Entry("argocd-controller")!));
        Assert.Equal("sophia-keda-reactor", Newest().Text("manager"));
    }

    [Fact]
    public void A_remover_that_changes_something_besides_is_the_newest()
    {
        By("sophia-keda-reactor", Pause);
        _world.Wait(5);
        By("argocd-controller", Unpause.Replace("null", "null,\"argocd.argoproj.io/tracking-id\":\"x\"", StringComparison.Ordinal));
        Assert.Equal("argocd-controller", Newest().Text("manager"));
    }

    [Fact]
    public void A_manager_that_applies_again_without_the_key_is_the_newest_by_an_apply()
    {
        Apply("""{"example.org/team":"a","autoscaling.keda.sh/paused":"true"}""");
        Assert.Equal("true", _world.Target.Paused);
        By("sophia-keda-reactor", """{"metadata":{"annotations":{"reactor.sophia-intel.ai/incident":"i"}}}""");
        _world.Wait(5);
        Apply("""{"example.org/team":"a"}""");

        Assert.Null(_world.Target.Paused);
        Assert.Equal(("kustomize-controller", "Apply"), (Newest().Text("manager"), Newest().Text("operation")));
    }

    [Fact]
    public void Keda_owns_the_finalizer_and_label_and_writes_its_status_as_a_subresource()
    {
        _world.Wait(10);
        _world.Cluster.Faults.SetTriggerSource(World.Ns, World.App, Reactor.Sandbox.Keda.TriggerFailure.Redis);
        _world.Wait(30);
        var own = Entries().Where(e => e.Text("manager") == "keda").ToList();
        Assert.Equal([null, "status"], own.Select(e => e.Text("subresource")).Order(StringComparer.Ordinal));
        var status = own.Single(e => e.Text("subresource") == "status");
        Assert.NotNull(status.Object("fieldsV1").Object("f:status").Object("f:health"));
        Assert.InRange((_world.Cluster.Now - Time(status)).TotalSeconds, 0, 31);
        Assert.NotNull(own.Single(e => e.Text("subresource") is null).Object("fieldsV1").Object("f:metadata").Object("f:finalizers"));
    }

    [Fact]
    public void A_scaling_by_scale_stands_on_the_workload_with_that_subresource()
    {
        const string path = $"/apis/apps/v1/namespaces/{World.Ns}/deployments/app";
        _world.Merge(path + "/scale?fieldManager=me", """{"spec":{"replicas":7}}""");
        var entry = Assert.Single(_world.Get(path).Object("metadata").Array("managedFields")!, e => e.Text("manager") == "me");
        Assert.Equal(("Update", "scale"), (entry.Text("operation"), entry.Text("subresource")));
        Assert.True(entry.Object("fieldsV1").Object("f:spec")!.ContainsKey("f:replicas"));
    }

    private void By(string manager, string patch) => Assert.Equal(200, _world.Merge($"{_world.ScaledObjectPath}?fieldManager={manager}", patch).Status);

    private void Apply(string annotations) => Assert.Equal(200, _world.Call("PATCH", _world.ScaledObjectPath + "?fieldManager=kustomize-controller&force=true",
        $$$"""{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject","metadata":{"name":"app","annotations":{{{annotations}}} } }""", "application/apply-patch+yaml").Status);

    private List<JsonNode> Entries() => [.. _world.ScaledObject().Object("metadata").Array("managedFields")!.Select(e => e!)];

    private JsonNode? Entry(string manager) => Entries().SingleOrDefault(e => e.Text("manager") == manager);

    /// <summary>As somebody would look who wants to know who wrote last.</summary>
    private JsonNode Newest(string? but = null) => Entries().Where(e => e.Text("subresource") is null && e.Text("manager") != but).MaxBy(Time)!;

    private static DateTimeOffset Time(JsonNode entry) => DateTimeOffset.Parse(entry.Text("time")!, System.Globalization.CultureInfo.InvariantCulture);

    private static bool Owns(JsonNode entry, string annotation) => entry.Object("fieldsV1").Object("f:metadata").Object("f:annotations")!.ContainsKey("f:" + annotation);
}
