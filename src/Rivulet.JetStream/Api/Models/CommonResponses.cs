using System.Text.Json.Serialization;

namespace Rivulet.JetStream.Api.Models;

/// <summary>A response that says whether it was done.</summary>
public abstract class SuccessResponse : ApiResponse
{
    /// <summary>Makes a response of the given type.</summary>
    protected SuccessResponse(string type)
        : base(type)
    {
    }

    /// <summary>Whether it was done; left out otherwise.</summary>
    [JsonPropertyName("success"), JsonPropertyOrder(10), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Success { get; set; }
}

/// <summary>A response that is a page of a longer list.</summary>
public abstract class PagedResponse : ApiResponse
{
    /// <summary>Makes a response of the given type.</summary>
    protected PagedResponse(string type)
        : base(type)
    {
    }

    /// <summary>How long the whole list is.</summary>
    [JsonPropertyName("total"), JsonPropertyOrder(1)]
    public int Total { get; set; }

    /// <summary>How much of it came before this page.</summary>
    [JsonPropertyName("offset"), JsonPropertyOrder(2)]
    public int Offset { get; set; }

    /// <summary>Most entries of a page.</summary>
    [JsonPropertyName("limit"), JsonPropertyOrder(3)]
    public int Limit { get; set; }

    /// <summary>Sets the paging fields for a list.</summary>
    /// <param name="total">How long the whole list is.</param>
    /// <param name="offset">What the request asked to pass over; beyond the ends it is taken to them.</param>
    /// <param name="limit">Most entries of a page.</param>
    public void Page(int total, long offset, int limit)
    {
        Total = total;
        Offset = (int)Math.Clamp(offset, 0, total);
        Limit = limit;
    }
}
