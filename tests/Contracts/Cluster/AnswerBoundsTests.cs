using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sophia.Keda.Reactor.Cluster;
using Sophia.Keda.Reactor.Core;

namespace Sophia.Keda.Reactor.Contracts.Tests.Cluster;

/// <summary>What is taken from the API server has bounds, and going beyond them is an answer with its own words.</summary>
public sealed class AnswerBoundsTests
{
    private const long Mebi = 1024 * 1024;

    private readonly FakeApi _api = new();
    private readonly ManualTime _time = new();

    [Fact]
    public async Task A_text_without_an_end_is_left_at_16_MiB_with_words_of_its_own()
    {
        var endless = new EndlessStream("""{"kind":"ScaledObjectList","items":[{"metadata":{"name":""" + "\"");
        _api.On("GET", FakeApi.ScaledObjects, (_, _) => Task.FromResult(Endless(endless)));

        var problem = await BlindAsync();

        Assert.Contains("scaledobjects: 200: the answer was not read to its end: it is larger than 16 MiB", problem);
        Assert.InRange(endless.Given, 16 * Mebi, 33 * Mebi);
        Assert.Equal(1, _api.Requests.Count(r => r.Path == FakeApi.ScaledObjects));
    }

    /// <summary>The buffer doubles: 16 KiB to 32 MiB are 64 MiB in all. The text would have been 5 GB before.</summary>
    [Fact]
    public async Task It_costs_no_more_memory_than_its_bound_and_the_way_there()
    {
        using var response = Endless(new EndlessStream("\""));
        var before = GC.GetAllocatedBytesForCurrentThread();

        var reading = AnswerReader.SuccessAsync(response, body => body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), budget: null, CancellationToken.None);

        var spent = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(reading.IsCompletedSuccessfully, "all of it happened on this thread");
        Assert.Null((await reading).Value);
        Assert.InRange(spent, 0, 65 * Mebi);
    }

    [Fact]
    public async Task A_compressed_answer_is_measured_as_it_comes_out()
    {
        var bomb = new MemoryStream();
        await using (var zip = new GZipStream(bomb, CompressionLevel.Fastest, leaveOpen: true))
        {
            var blank = new byte[Mebi];
            Array.Fill(blank, (byte)' ');
            for (var i = 0; i < 64; i++)
                await zip.WriteAsync(blank);
        }

        Assert.InRange(bomb.Length, 1, Mebi);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        await using var server = builder.Build();
        server.MapFallback((HttpContext context) =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            return context.Response.Body.WriteAsync(bomb.ToArray()).AsTask();
        });
        await server.StartAsync();
        using var http = new ClusterConnection { Server = new Uri(server.Urls.Single()) }.Connect(TimeProvider.System);

        var result = await new ClusterClient(http, new Policy(), new ClusterSettings(), TimeProvider.System, () => 0.5).ObserveAsync(CancellationToken.None);

        Assert.Contains("it is larger than 16 MiB", result.Problem);
    }

    [Fact]
    public async Task A_list_that_always_has_one_more_page_is_left_after_100()
    {
        _api.On("GET", FakeApi.Deployments, (_, hits) => Task.FromResult(FakeApi.Answer(200, FakeApi.PageOf(FakeApi.Deployments, $"t{hits}", Make.Deployment($"d{hits}")))));

        Assert.Contains("deployments: it goes on after 100 pages of 500", await BlindAsync());
        Assert.Equal(100, _api.Requests.Count(r => r.Path == FakeApi.Deployments));
    }

    [Fact]
    public async Task A_list_that_turns_in_a_circle_is_left_at_the_first_page_that_comes_again()
    {
        _api.On("GET", FakeApi.Hpas, (_, hits) => Task.FromResult(FakeApi.Answer(200, FakeApi.PageOf(FakeApi.Hpas, $"t{hits % 3}"))));

        Assert.Contains("the same page was offered twice", await BlindAsync());
        Assert.Equal(4, _api.Requests.Count(r => r.Path == FakeApi.Hpas));
    }

    [Fact]
    public async Task A_token_that_fits_into_no_address_is_an_answer_and_no_exception()
    {
        _api.On("GET", FakeApi.Hpas, 200, FakeApi.PageOf(FakeApi.Hpas, new string('t', 100_000)));

        Assert.Contains("a continue token has 100000 characters", await BlindAsync());
    }

    [Fact]
    public async Task All_answers_of_one_look_have_a_bound_too()
    {
        var page = new string(' ', 15 * (int)Mebi);
        _api.On("GET", FakeApi.Deployments, (_, hits) => Task.FromResult(FakeApi.Answer(200, FakeApi.PageOf(FakeApi.Deployments, $"t{hits}") + page)));

        Assert.Contains("all answers of one look are larger than 256 MiB", await BlindAsync());
        Assert.InRange(_api.Requests.Count(r => r.Path == FakeApi.Deployments), 17, 18);
    }

    [Fact]
    public async Task Ten_thousand_targets_are_within_the_bounds()
    {
        var annotation = new string('a', 3000);
        Paged(FakeApi.ScaledObjects, i => $$"""{"metadata":{"name":"t{{i}}","namespace":"mesh","uid":"u{{i}}","annotations":{"others":"{{annotation}}"} },"spec":{"scaleTargetRef":{"name":"t{{i}}"} } }""");
        Paged(FakeApi.Deployments, i => $$$"""{"metadata":{"name":"t{{{i}}}","namespace":"mesh","uid":"d{{{i}}}","annotations":{"others":"{{{annotation}}}"}},"spec":{"replicas":2}}""");
        Paged(FakeApi.Hpas, i => $$$"""{"metadata":{"name":"keda-hpa-t{{{i}}}","namespace":"mesh","uid":"h{{{i}}}","annotations":{"others":"{{{annotation}}}"}},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"t{{{i}}}"},"maxReplicas":9}}""");

        var result = await _time.RunAsync(_api.Client(_time).ObserveAsync(CancellationToken.None));

        Assert.Equal("", result.Problem);
        Assert.Equal(10_000, result.Observation!.Targets.Count);
    }

    private void Paged(string path, Func<int, string> item) => _api.On("GET", path, (_, hits) => Task.FromResult(FakeApi.Answer(
        200, FakeApi.PageOf(path, hits < 19 ? $"t{hits}" : "", [.. Enumerable.Range(hits * 500, 500).Select(item)]))));

    private static HttpResponseMessage Endless(EndlessStream stream) => new(HttpStatusCode.OK)
    {
        Content = new StreamContent(stream) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
    };

    private async Task<string> BlindAsync()
    {
        var result = await _time.RunAsync(_api.Client(_time).ObserveAsync(CancellationToken.None));
        return result.Problem;
    }

    /// <summary>A beginning, and then the same letter for ever.</summary>
    private sealed class EndlessStream(string start) : MemoryStream
    {
        private readonly byte[] _start = Encoding.UTF8.GetBytes(start);

        public long Given { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var head = _start.AsSpan((int)Math.Min(Given, _start.Length));
            var read = head.IsEmpty ? buffer.Length : Math.Min(head.Length, buffer.Length);
            if (head.IsEmpty)
                buffer.Fill((byte)'x');
            else
                head[..read].CopyTo(buffer);
            Given += read;
            return read;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));
    }
}
