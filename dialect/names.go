package dialect

import "strings"

// fieldNames are the names of fields the APIs define. As names of an object whose reader knows it they are structure,
// not text; everywhere else (metadata, schemas, arguments, unknown fields) a name is text like any other.
var fieldNames = func() map[string]string {
	m := map[string]string{}
	for name := range strings.FieldsSeq(`
		model messages role content type text stream stream_options include_usage include_obfuscation max_tokens
		max_completion_tokens max_output_tokens temperature top_p top_k n stop stop_sequences seed user metadata
		store logit_bias logprobs top_logprobs presence_penalty frequency_penalty response_format json_schema schema
		strict tools tool_choice parallel_tool_calls function functions function_call name description parameters
		tool_calls tool_call_id id arguments refusal audio modalities prediction reasoning_effort reasoning effort
		summary verbosity service_tier web_search_options input input_text instructions previous_response_id
		conversation include truncation prompt variables version background max_tool_calls safety_identifier
		prompt_cache_key prompt_cache_retention status output output_text summary_text call_id item_id output_index content_index
		sequence_number response item part delta annotations encrypted_content image_url url detail file file_id
		file_data filename input_audio data format suffix echo best_of dimensions encoding_format embedding index
		object created created_at finish_reason choices message usage prompt_tokens completion_tokens total_tokens
		input_tokens output_tokens prompt_tokens_details completion_tokens_details input_tokens_details
		output_tokens_details cached_tokens reasoning_tokens audio_tokens accepted_prediction_tokens
		rejected_prediction_tokens system_fingerprint system_prompt system thinking budget_tokens signature
		redacted_thinking display source media_type cache_control ttl citations title context tool_use_id is_error
		input_schema disable_parallel_tool_use mcp_servers container stop_reason stop_sequence stop_details
		cache_creation_input_tokens cache_read_input_tokens cache_creation server_tool_use content_block partial_json
		error code param request_id obfuscation token bytes logprob text_offset token_logprobs incomplete_details
		reason reasoning_content owned_by has_more first_id last_id flagged categories category_scores
		category_applied_input_types results custom allowed_tools mode grammar syntax definition display_name
		inference_geo output_config speed top moderation context_management edits betas documents start_index
		end_index quote billing completed_at native_finish_reason provider provider_specific_fields
		cited_text citation document_index document_title start_char_index end_char_index start_page_number
		end_page_number start_block_index end_block_index search_result_index encrypted_index encrypted_stdout stdout
		stderr return_code error_code error_message page_age retrieved_at caller tool_id tool_name tool_reference
		tool_references server_name authorization_token tool_configuration enabled allowed_callers defer_loading
		input_examples eager_input_streaming max_uses allowed_domains blocked_domains user_location display_width_px
		display_height_px display_number max_characters output_format skills skill_id user_id user_profile_id
		thinking_tokens web_search_requests web_fetch_requests ephemeral_5m_input_tokens ephemeral_1h_input_tokens
		explanation category fallback_credit_token fallback_has_prefill_claim recommended_model fallbacks expires_at
		applied_edits num_lines start_line total_lines file_type is_file_update old_start old_lines new_start new_lines
		lines summary_index annotation annotation_index command_index partial_image_b64 partial_image_index action operation
		environment container_id vector_store_ids file_ids queries outputs logs outcome exit_code server_label server_url
		phase command commands path diff working_directory timeout_ms env pending_safety_checks
		acknowledged_safety_checks approval_request_id approve sources tokens max_output_length created_by execution
		result revised_prompt prompt_token_ids prompt_embeds file_url transcript reasoning_details images query score
		plugins chat_template attributes max_num_results filters url_citation`) {
		m[name] = name
	}
	return m
}()
