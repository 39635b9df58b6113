package openai

var otherRequests = []requestCase{
	{"a string", "completions", `{"model":"m","prompt":"a","suffix":"b"}`, []string{"model=user=m", "prompt=user=a", "suffix=user=b"}, nil},
	{"strings", "completions", `{"prompt":["a","b"]}`, []string{"prompt[0]=user=a", "prompt[1]=user=b"}, nil},
	{"tokens", "completions", `{"prompt":[72,105]}`, nil, []string{"token_ids prompt prompt="}},
	{"lists of tokens", "completions", `{"prompt":[[72],[105]]}`, nil, []string{"token_ids prompt[0] prompt=", "token_ids prompt[1] prompt="}},
	{"something else", "completions", `{"prompt":[{"content":"a"}]}`, []string{"prompt[0].content=user=content", "prompt[0].content=user=a"},
		[]string{"unknown_type prompt[0] prompt="}},
	{"a string", "embeddings", `{"input":"a","dimensions":256,"encoding_format":"float"}`, []string{"input=user=a", "encoding_format=user=float"}, nil},
	{"strings", "embeddings", `{"input":["a","b"],"user":"u"}`, []string{"input[0]=user=a", "input[1]=user=b", "user=user=u"}, nil},
	{"tokens", "embeddings", `{"input":[1,2,3]}`, nil, []string{"token_ids input input="}},
	{"lists of tokens", "embeddings", `{"input":[[1],[2]]}`, nil, []string{"token_ids input[0] input=", "token_ids input[1] input="}},
	{"a string", "moderations", `{"input":"a"}`, []string{"input=user=a"}, nil},
	{"strings", "moderations", `{"input":["a","b"]}`, []string{"input[0]=user=a", "input[1]=user=b"}, nil},
	{"parts", "moderations", `{"input":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]}`,
		[]string{"input[0].text=user=a"}, []string{"inline_media input[1].image_url.url image=image/png"}},
}
