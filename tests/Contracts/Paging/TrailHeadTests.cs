using System.Text;
using Sophia.Keda.Reactor.Audit;
using Sophia.Keda.Reactor.Core;
using Sophia.Keda.Reactor.Keeping;
using Sophia.Keda.Reactor.Paging;
using Sophia.Keda.Reactor.Paging.Channels;
using Sophia.Keda.Reactor.Paging.Channels.Email;
using Sophia.Keda.Reactor.Paging.Channels.Webhook;
using Sophia.Keda.Reactor.Paging.Links;
using Sophia.Keda.Reactor.State;

namespace Sophia.Keda.Reactor.Contracts.Tests.Paging;

public sealed class TrailHeadTests : DeliveryTestBase
{
    private readonly List<Page> told = [];

    private FakeChannel Slack => new("slack")
    {
        Answer = page =>
        {
            told.Add(page);
            return new SendResult(SendStatus.Delivered, "200 ok");
        },
    };

    private PageDelivery Sealing => new(store, new PageChannels([Slack], time), new AuditSealer(store).SealAsync, time, random, "me");

    [Fact]
    public async Task A_resolve_carries_a_head_that_covers_what_was_written_before_and_that_the_trail_is_verified_against()
    {
        await store.AppendAuditAsync([.. Enumerable.Range(1, 3).Select(Closing)], None);
        await QueueAsync(["slack"], NewPage("t"), NewPage("u") with { Kind = PageKind.Update }, NewPage("r") with { Kind = PageKind.Resolve });

        await Sealing.DeliverAsync(Later(), None);

        Assert.Equal([Pages.Full.YouMay, Pages.Full.YouMay], told[..2].Select(page => page.YouMay));
        var (head, chain) = (Head(told[2]), (await store.TrailAsync(None)).Chain);
        Assert.Equal(5, head.Sequence); // the three, and the two deliveries before it
        Assert.StartsWith($"{Pages.Full.YouMay} Audit head: {head} of chain {chain}. Keep it: GET /api/audit/verify?head={head} ", told[2].YouMay);
        await new AuditSealer(store).SealAsync(None);
        Assert.Null((await AuditVerification.RunAsync(store, null, head, () => true, None)).Fault);
        Assert.NotNull((await AuditVerification.RunAsync(store, null, head with { Hash = new string('a', 64) }, () => true, None)).Fault);
    }

    [Fact]
    public async Task A_resolve_without_a_store_goes_out_and_says_that_the_head_is_not_known()
    {
        var outbox = new StandInOutbox();
        outbox.Queue([NewPage("r") with { Kind = PageKind.Resolve, YouMay = "" }], ["slack"]);
        var delivery = new PageDelivery(store, new PageChannels([Slack], time), _ => throw new StoreUnavailableException("down"), time, random, "me");

        await delivery.DeliverAsync(outbox, Later(), None);

        Assert.Equal("Audit head: not known while the store is down.", Assert.Single(told).YouMay);
        Assert.Empty(outbox.NotDelivered);
    }

    [Fact]
    public async Task A_trail_of_which_nothing_is_sealed_yet_says_so()
    {
        await QueueAsync(["slack"], NewPage("r") with { Kind = PageKind.Resolve, YouMay = "Read it: GET /api/audit?incident=7" });

        await Delivery(Slack).DeliverAsync(Later(), None);

        Assert.Equal("Read it: GET /api/audit?incident=7. Audit head: no record is sealed yet.", Assert.Single(told).YouMay);
    }

    [Fact]
    public void Every_channel_shows_it_in_a_resolve()
    {
        var head = $"Audit head: 12:{new string('b', 64)} of chain c.";
        var page = Pages.Full with { Kind = PageKind.Resolve, YouMay = head };

        Assert.All(
            [
                Encoding.UTF8.GetString(SlackMessage.Of(page, LinkSettings.None)),
                Encoding.UTF8.GetString(PagerDutyEvent.Of(page, new string('a', 32), LinkSettings.None)),
                EmailText.Of(page, []),
                EmailHtml.Of(page, []),
                WebhookPage.Of(page, LinkSettings.None).ToJsonString(),
            ],
            text => Assert.Contains(head, text, StringComparison.Ordinal));
    }

    private static AuditPoint Head(Page page) => AuditHash.Parse(page.YouMay.Split("Audit head: ")[1].Split(' ')[0])!;

    private static AuditRecord Closing(int number) => new()
    {
        At = Pages.Noon, Kind = AuditKind.Decision, Reason = Reason.IncidentClosed, Actor = "reactor", Text = $"record {number}",
    };
}
